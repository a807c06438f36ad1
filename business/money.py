"""Money: Decimal arithmetic rounded half up to cents, the currencies, and the totals of priced documents.

Never uses floats and never stores an unrounded amount. All amounts are in the currency of their document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from business.errors import ValidationFailed

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
HUNDRED = Decimal(100)
# Twelve digits before the point: more than any contractor bills, and safe as 64-bit cents in both databases.
LARGEST = Decimal("999999999999.99")


class Currency(StrEnum):
    """Currencies a business can work in."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    CAD = "CAD"
    AUD = "AUD"
    JPY = "JPY"
    CHF = "CHF"
    CNY = "CNY"
    MXN = "MXN"
    BRL = "BRL"


class DiscountType(StrEnum):
    """How a discount is given."""

    NONE = "none"
    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"


class TaxType(StrEnum):
    """How a document is taxed. ``percentage`` is exclusive; ``inclusive`` means the tax is inside the prices."""

    NONE = "none"
    PERCENTAGE = "percentage"
    FIXED_AMOUNT = "fixed_amount"
    INCLUSIVE = "inclusive"


def cents(amount: Decimal) -> Decimal:
    """``amount`` rounded to 2 places, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_amount(value: Decimal | int | str, *, field: str = "amount") -> Decimal:
    """A stored amount from what a caller gave. Raises ValidationFailed for anything but a finite number ≥ 0."""
    try:
        amount = Decimal(value)
    except (InvalidOperation, ValueError) as error:
        raise ValidationFailed(field, f"{value} is not an amount of money.") from error
    if not amount.is_finite() or amount < 0:
        raise ValidationFailed(field, "An amount of money must not be negative.")
    if amount > LARGEST:
        raise ValidationFailed(field, "That amount is too large.")
    return cents(amount)


def percent_of(base: Decimal, percent: Decimal) -> Decimal:
    """``percent`` per cent of ``base``, in cents."""
    return cents(base * percent / HUNDRED)


def check_percent(value: Decimal, *, field: str) -> None:
    """Raise ValidationFailed unless 0 ≤ ``value`` ≤ 100."""
    if not value.is_finite() or not 0 <= value <= HUNDRED:
        raise ValidationFailed(field, "A percentage must be between 0 and 100.")


@dataclass(frozen=True, slots=True)
class Discount:
    """A reduction of a line or a document. ``value`` is per cent or an amount, by type."""

    type: DiscountType = DiscountType.NONE
    value: Decimal = ZERO

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise ValidationFailed("discount", "A discount must not be negative.")
        if self.type is DiscountType.PERCENTAGE:
            check_percent(self.value, field="discount")

    def amount_on(self, base: Decimal) -> Decimal:
        """The reduction of ``base``, in cents. Raises ValidationFailed when a fixed amount exceeds it."""
        if self.type is DiscountType.NONE:
            return ZERO
        if self.type is DiscountType.PERCENTAGE:
            return percent_of(base, self.value)
        amount = cents(self.value)
        if amount > base:
            raise ValidationFailed("discount", "The discount is larger than what it reduces.")
        return amount


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class Tax:
    """The tax of a document. ``value`` is per cent (percentage, inclusive) or an amount (fixed_amount)."""

    type: TaxType = TaxType.NONE
    value: Decimal = ZERO

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise ValidationFailed("tax", "A tax must not be negative.")
        if self.type in (TaxType.PERCENTAGE, TaxType.INCLUSIVE):
            check_percent(self.value, field="tax")


NO_TAX = Tax()


@dataclass(frozen=True, slots=True)
class LineItem:
    """One priced line.

    Attributes:
        description: What is charged for.
        quantity: > 0, at most 4 places.
        unit_price: ≥ 0, in cents.
        discount: Of this line; a fixed amount is at most the subtotal.
        tax_rate: Per cent of this line's own; None takes the document's rate.
        unit: As one says it ("hour", "each"), for display.
    """

    description: str
    quantity: Decimal = Decimal(1)
    unit_price: Decimal = ZERO
    discount: Discount = NO_DISCOUNT
    tax_rate: Decimal | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.description.strip():
            raise ValidationFailed("description", "A line needs a description.")
        if not self.quantity.is_finite() or self.quantity <= 0:
            raise ValidationFailed("quantity", "A quantity must be more than zero.")
        if not self.unit_price.is_finite() or self.unit_price < 0:
            raise ValidationFailed("unit_price", "A price must not be negative.")
        # A price is a stored amount, so it has cents from the start.
        object.__setattr__(self, "unit_price", cents(self.unit_price))
        if self.quantity * self.unit_price > LARGEST:
            raise ValidationFailed("unit_price", "That amount is too large.")
        if self.tax_rate is not None:
            check_percent(self.tax_rate, field="tax_rate")
        self.discount.amount_on(self.subtotal)

    @property
    def subtotal(self) -> Decimal:
        """Quantity × price, before discounts."""
        return cents(self.quantity * self.unit_price)

    @property
    def net(self) -> Decimal:
        """Subtotal less the line's discount."""
        return self.subtotal - self.discount.amount_on(self.subtotal)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document adds up to.

    Attributes:
        subtotal: Sum of the lines before any discount.
        line_discounts: Sum of the lines' discounts.
        document_discount: The document's discount, on what is left after the lines' discounts.
        tax: Reported tax; inside ``total`` always, on top of the prices unless inclusive.
        total: What the client pays.
    """

    subtotal: Decimal
    line_discounts: Decimal
    document_discount: Decimal
    tax: Decimal
    total: Decimal


def totals_of(lines: Iterable[LineItem], discount: Discount, tax: Tax) -> Totals:
    """Totals by the domain's order: line discounts, document discount, tax.

    The document discount is shared over the lines in proportion to their nets, so that each line's tax rate acts on
    what is really paid for that line. Raises ValidationFailed when a fixed document discount exceeds the lines.
    """
    items = tuple(lines)
    subtotal = sum((line.subtotal for line in items), ZERO)
    net = sum((line.net for line in items), ZERO)
    document_discount = discount.amount_on(net)
    taxable = net - document_discount
    tax_amount = _tax_on(items, share_out(document_discount, tuple(line.net for line in items)), tax)
    is_inside = tax.type is TaxType.INCLUSIVE
    total = taxable if is_inside else taxable + tax_amount
    if total > LARGEST:
        raise ValidationFailed("total", "That amount is too large.")
    return Totals(subtotal, subtotal - net, document_discount, tax_amount, total)


def share_out(amount: Decimal, weights: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """``amount`` in cents, split in proportion to ``weights``; the parts add up exactly, none exceeds its weight.

    Works on running sums, so that rounding never loses or invents a cent. ``amount`` ≤ sum of ``weights``.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return tuple(ZERO for _ in weights)
    parts: list[Decimal] = []
    running = given = ZERO
    for weight in weights:
        running += weight
        upto = cents(amount * running / whole)
        parts.append(upto - given)
        given = upto
    return tuple(parts)


def _tax_on(lines: tuple[LineItem, ...], shares: tuple[Decimal, ...], tax: Tax) -> Decimal:
    """The tax of a document, rounded once per rate as tax forms add it up.

    A line's own rate is honoured whatever the document's type; a fixed amount comes on top of those.

    Args:
        lines: The lines, with their own rates.
        shares: Each line's part of the document discount.
        tax: The document's tax.
    """
    if tax.type is TaxType.FIXED_AMOUNT:
        fixed, document_rate = cents(tax.value), ZERO
    else:
        fixed, document_rate = ZERO, (ZERO if tax.type is TaxType.NONE else tax.value)
    bases: dict[Decimal, Decimal] = {}
    for line, share in zip(lines, shares, strict=True):
        rate = document_rate if line.tax_rate is None else line.tax_rate
        if rate:
            bases[rate] = bases.get(rate, ZERO) + line.net - share
    if tax.type is TaxType.INCLUSIVE:
        return sum((cents(base * rate / (HUNDRED + rate)) for rate, base in bases.items()), ZERO)
    return fixed + sum((percent_of(base, rate) for rate, base in bases.items()), ZERO)
