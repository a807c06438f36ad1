"""From what people call things to the things: contacts, jobs, invoices, estimates and projects."""
