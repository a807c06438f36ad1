/* Slows the idle tick of a Ray worker down, for processes that are many and mostly wait.
 *
 * Ray's CoreWorker looks for signals every 10 ms on the main thread (a one-shot timer of boost.asio, set again each
 * time), which costs most of one per cent of a core in every idle worker. This library stands before timerfd_settime
 * (LD_PRELOAD of the fork server; its children inherit it): one-shot timers of 8 to 10 ms that a process's main thread
 * sets take 200 ms. Signals are noticed that much later; calls and everything on other threads keep their time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SHORTEST_NS 8000000L
#define LONGEST_NS 10000000L
#define SLOW_NS 200000000L

int timerfd_settime(int fd, int flags, const struct itimerspec *wanted, struct itimerspec *before)
{
    static int (*real)(int, int, const struct itimerspec *, struct itimerspec *);
    struct itimerspec slow;

    if (!real) {
        real = (int (*)(int, int, const struct itimerspec *, struct itimerspec *))dlsym(RTLD_NEXT, "timerfd_settime");
        if (!real) {
            errno = ENOSYS;
            return -1;
        }
    }
    if (wanted && !(flags & TFD_TIMER_ABSTIME) && wanted->it_value.tv_sec == 0 &&
        wanted->it_value.tv_nsec >= SHORTEST_NS && wanted->it_value.tv_nsec <= LONGEST_NS &&
        wanted->it_interval.tv_sec == 0 && wanted->it_interval.tv_nsec == 0 && syscall(SYS_gettid) == getpid()) {
        slow = *wanted;
        slow.it_value.tv_nsec = SLOW_NS;
        wanted = &slow;
    }
    return real(fd, flags, wanted, before);
}
