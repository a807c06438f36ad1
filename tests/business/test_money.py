"""Money: fixed examples of each rule, and properties that no combination of lines, discounts and taxes may break."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from business.entities.invoices import InvoiceTerms, late_fee_on
from business.entities.jobs import CostEstimate
from business.errors import ValidationFailed
from business.money import (
    NO_DISCOUNT,
    NO_TAX,
    ZERO,
    Currency,
    Discount,
    DiscountType,
    LineItem,
    Tax,
    TaxType,
    cents,
    parse_amount,
    percent_of,
    share_out,
    totals_of,
)
from tests.business.world import NOW

D = Decimal
amounts = st.decimals(min_value=0, max_value=100_000, places=2)
percents = st.decimals(min_value=0, max_value=100, places=3)
quantities = st.decimals(min_value="0.001", max_value=1000, places=3)


@st.composite
def lines(draw: st.DrawFn) -> LineItem:
    quantity, price = draw(quantities), draw(amounts)
    subtotal = cents(quantity * price)
    discount = draw(
        st.one_of(
            st.just(NO_DISCOUNT),
            st.builds(Discount, st.just(DiscountType.PERCENTAGE), percents),
            st.builds(
                Discount,
                st.just(DiscountType.FIXED_AMOUNT),
                st.decimals(min_value=0, max_value=subtotal, places=2),
            ),
        )
    )
    rate = draw(st.one_of(st.none(), st.sampled_from([D(0), D("3.85"), D("8.25"), D(20)])))
    return LineItem("x", quantity, price, discount, rate)


documents = st.lists(lines(), max_size=6)
taxes = st.one_of(
    st.just(NO_TAX),
    st.builds(Tax, st.sampled_from([TaxType.PERCENTAGE, TaxType.INCLUSIVE]), percents),
    st.builds(Tax, st.just(TaxType.FIXED_AMOUNT), amounts),
)


@given(documents, percents, taxes)
def test_totals_always_add_up(items: list[LineItem], percent: Decimal, tax: Tax) -> None:
    totals = totals_of(items, Discount(DiscountType.PERCENTAGE, percent), tax)
    taxable = totals.subtotal - totals.line_discounts - totals.document_discount
    for amount in (
        totals.subtotal,
        totals.line_discounts,
        totals.document_discount,
        totals.tax,
        totals.total,
    ):
        assert amount >= 0
        assert amount == cents(amount)
    assert totals.subtotal == sum((line.subtotal for line in items), ZERO)
    assert taxable >= 0
    inside = tax.type is TaxType.INCLUSIVE
    assert totals.total == (taxable if inside else taxable + totals.tax)
    if inside:
        assert totals.tax <= taxable


@given(documents, st.data())
def test_a_fixed_discount_is_taken_exactly_or_refused(items: list[LineItem], data: st.DataObject) -> None:
    items = [replace(line, tax_rate=None) for line in items]
    net = sum((line.net for line in items), ZERO)
    within = data.draw(st.decimals(min_value=0, max_value=net, places=2))
    assert totals_of(items, Discount(DiscountType.FIXED_AMOUNT, within), NO_TAX).total == net - within
    with pytest.raises(ValidationFailed):
        totals_of(items, Discount(DiscountType.FIXED_AMOUNT, net + D("0.01")), NO_TAX)


@given(st.lists(amounts, max_size=8), st.data())
def test_sharing_out_loses_no_cent(weights: list[Decimal], data: st.DataObject) -> None:
    whole = sum(weights, ZERO)
    amount = data.draw(st.decimals(min_value=0, max_value=whole, places=2))
    parts = share_out(amount, tuple(weights))
    assert sum(parts, ZERO) == amount
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(amounts, percents)
def test_percentages_round_half_up(base: Decimal, percent: Decimal) -> None:
    exact = base * percent / 100
    rounded = percent_of(base, percent)
    assert abs(rounded - exact) <= D("0.005")
    assert rounded - exact != D("-0.005")  # a half goes up


@given(amounts, amounts, percents)
def test_a_late_fee_never_moves_once_it_exists(total: Decimal, paid: Decimal, percent: Decimal) -> None:
    terms = InvoiceTerms(late_fee_percent=percent, grace_days=3)
    due = NOW.date()

    def fee(days_later: int) -> Decimal:
        today = due.fromordinal(due.toordinal() + days_later)
        return late_fee_on(total=total, paid_in_time=paid, due_date=due, terms=terms, today=today)

    assert fee(3) == ZERO
    assert fee(4) == fee(400) == percent_of(max(total - paid, ZERO), percent)


@given(*[amounts] * 4, percents, percents)
def test_a_job_price_is_costs_and_markup_less_discount_plus_tax(
    labour: Decimal, material: Decimal, equipment: Decimal, overhead: Decimal, markup: Decimal, tax: Decimal
) -> None:
    costs = labour + material + equipment + overhead
    with_markup = costs + percent_of(costs, markup)
    discount = cents(with_markup / 3)
    estimate = CostEstimate(labour, material, equipment, overhead, markup, tax, discount)
    net = with_markup - discount
    assert estimate.price == net + percent_of(net, tax)


def test_the_usual_markup_is_twenty_percent() -> None:
    assert CostEstimate(labour=D(100), material=D(50)).price == D("180.00")


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.005", "0.01"), ("2.675", "2.68"), ("1.004", "1.00"), ("1.125", "1.13")]
)
def test_rounding_is_half_up(amount: str, rounded: str) -> None:
    assert cents(D(amount)) == D(rounded)


def test_the_order_is_line_discounts_document_discount_tax() -> None:
    items = (
        LineItem("Boiler", D(2), D("100"), Discount(DiscountType.PERCENTAGE, D(10))),
        LineItem("Labor", D("1.5"), D("80"), Discount(DiscountType.FIXED_AMOUNT, D(20))),
    )
    totals = totals_of(items, Discount(DiscountType.PERCENTAGE, D(10)), Tax(TaxType.PERCENTAGE, D("8.25")))
    assert totals.subtotal == D("320.00")
    assert totals.line_discounts == D("40.00")
    assert totals.document_discount == D("28.00")
    assert totals.tax == D("20.79")
    assert totals.total == D("272.79")


def test_a_lines_own_tax_rate_is_honoured() -> None:
    items = (LineItem("Parts", D(1), D(100), tax_rate=D(10)), LineItem("Labor", D(1), D(100)))
    assert totals_of(items, NO_DISCOUNT, NO_TAX).tax == D("10.00")
    assert totals_of(items, NO_DISCOUNT, Tax(TaxType.PERCENTAGE, D(5))).tax == D("15.00")
    assert (
        totals_of(
            (LineItem("Parts", D(1), D(100), tax_rate=D(0)),), NO_DISCOUNT, Tax(TaxType.PERCENTAGE, D(5))
        ).tax
        == ZERO
    )


def test_inclusive_tax_is_reported_and_not_added() -> None:
    totals = totals_of((LineItem("All in", D(1), D(119)),), NO_DISCOUNT, Tax(TaxType.INCLUSIVE, D(19)))
    assert (totals.tax, totals.total) == (D("19.00"), D("119.00"))


def test_fixed_tax_comes_on_top() -> None:
    totals = totals_of((LineItem("Fee", D(1), D(50)),), NO_DISCOUNT, Tax(TaxType.FIXED_AMOUNT, D("7.5")))
    assert (totals.tax, totals.total) == (D("7.50"), D("57.50"))


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("quantity", lambda: LineItem("x", D(0), D(1))),
        ("quantity", lambda: LineItem("x", D(-1), D(1))),
        ("quantity", lambda: LineItem("x", D("NaN"), D(1))),
        ("unit_price", lambda: LineItem("x", D(1), D("-0.01"))),
        ("unit_price", lambda: LineItem("x", D(10**9), D(10**6))),
        ("description", lambda: LineItem("  ")),
        ("tax_rate", lambda: LineItem("x", D(1), D(1), tax_rate=D(101))),
        ("discount", lambda: LineItem("x", D(1), D(5), Discount(DiscountType.FIXED_AMOUNT, D(6)))),
        ("discount", lambda: Discount(DiscountType.PERCENTAGE, D("100.1"))),
        ("discount", lambda: Discount(DiscountType.FIXED_AMOUNT, D(-1))),
        ("tax", lambda: Tax(TaxType.PERCENTAGE, D(-1))),
        ("tax", lambda: Tax(TaxType.INCLUSIVE, D(101))),
        ("amount", lambda: parse_amount("a lot")),
        ("amount", lambda: parse_amount("Infinity")),
        ("amount", lambda: parse_amount(-1)),
        ("amount", lambda: parse_amount("1e15")),
        ("discount_days", lambda: InvoiceTerms(net_days=10, discount_days=11)),
    ],
)
def test_what_is_no_money_is_refused_by_field(field: str, make) -> None:
    with pytest.raises(ValidationFailed) as caught:
        make()
    assert caught.value.field == field


def test_the_currencies_are_those_of_the_product() -> None:
    expected = "USD EUR GBP CAD AUD JPY CHF CNY MXN BRL"
    assert " ".join(currency.value for currency in Currency) == expected
