"""Problems: their stable codes, what each tells the person with the file, and the columns of problems.parquet."""

import pyarrow as pa

PROBLEMS = pa.schema(
    [
        ("source_file", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("code", pa.string()),
        ("message", pa.string()),
    ]
)

HIDDEN = "***"  # stands for a value where values are left out

# Other programs read the codes: they never change. {column} is the header in the file, {value} the cell.
MESSAGES: dict[str, str] = {
    "missing": "{column} is empty; every {entity} needs one",
    "not_a_company": "{column} must be a whole number above 0, the rootfi_company_id; found {value}",
    "not_a_currency": "{column} must be an ISO 4217 code such as EUR; found {value}",
    "not_a_date": (
        "{column} is not an ISO 8601 date such as 2024-01-22 or 2024-01-22T05:07:31Z; found {value}. "
        "Other layouts need --date-format, for example %d/%m/%Y, or excel for day numbers such as 43831"
    ),
    "ambiguous_date": (
        "{column} can be read with the day or the month first; found {value}. "
        "Set date_format (--date-format), for example %d/%m/%Y"
    ),
    "swapped_date": (
        "{column} has dates and, as text, days that a spreadsheet could not read, such as 25/07/2018: "
        "it has probably swapped day and month of {value}. Import the column anew as text, or write all of it as dates"
    ),
    "ambiguous_time": "{column} does not exist or happens twice in the time zone {timezone}; add its offset to {value}",
    "no_order_date": "{column} is empty; --since and --until need the date of every order",
    "not_a_status": (
        "{column} must be pending, processing, shipped, delivered or canceled; found {value}. "
        "A profile translates other words under [status_words]"
    ),
    "not_a_number": "{column} must be a number such as 1234.56; found {value}",
    "ambiguous_number": (
        "{column} can be read with a decimal or a thousands separator; found {value}. "
        'Set decimal = "." or decimal = "," in the profile'
    ),
    "wrong_separator": (
        "{column} has another decimal separator than `decimal` in the profile says; found {value}. Change one of them"
    ),
    "other_currency": "{column} is in {value}, but the currency of its order is {other}",
    "percentage": "{column} is a share, not an amount; found {value}. Write the amount",
    "too_many_digits": "{column} has more than 15 significant digits, or more than 9 after the point; found {value}",
    "too_large": "{column} must be below 1,000,000,000; found {value}",
    "not_positive": "{column} must be above 0; found {value}",
    "negative": "{column} must be 0 or more; found {value}. A discount goes into discount_amount",
    "nul_character": "{column} holds a NUL character, which no database keeps in a text; remove it",
    "rounded_number": "{column} was rounded by a spreadsheet; found {value}. Store it as text, with all its digits",
    "not_in_lookup": "{column} {value} is not in the lookup table {other}; add it there",
    "malformed_row": "{value}",
    "unreadable_cell": "{column} holds {value}; mend the cell",
    "inexact_division": (
        "{column} of {value} is a total that its quantity does not divide within 9 decimals; give the price of one"
    ),
    "no_line_items": "order {value} has no line items",
    "no_order": "line item of order {value}, which is in no table of orders",
    "duplicate_order": "order {value} stands more than once; first in {first}",
    "repeated_line_item": (
        "line item {value} stands in {first} as well, alike in everything: exports that overlap would order it twice. "
        "Remove one, or leave out one of the files"
    ),
    "conflicting_values": "{column} of one order differs: {value} here, {other} in {first}",
    "order_too_large": "order {value} alone is larger than --max-batch-bytes",
    "changed_since_created": (
        "order {value} was created before with other content; it is not sent again. Change it on the platform"
    ),
    "order_invalid": "not sent, because of another row of this order: {first}",
}

# What mends each, whichever cell it stands in.
REMEDIES: dict[str, str] = {
    "missing": "Fill the cells, or give the value for all rows: [fixed] in a profile, or --company-id.",
    "not_a_company": "Write the number of the company, or give one for all rows with --company-id.",
    "not_a_currency": "Write the three letters of the currency, or give it for all rows under [fixed] in a profile.",
    "not_a_date": "Correct days that do not exist; for another layout set date_format.",
    "no_order_date": "Fill the date of the order, or leave out --since and --until.",
    "ambiguous_date": "Set date_format, which says whether the day or the month comes first.",
    "swapped_date": "Import the column into the spreadsheet anew, as text.",
    "ambiguous_time": "Write the offset behind the time, such as +02:00.",
    "not_a_status": "Translate your words under [status_words] in a profile.",
    "not_a_number": "Correct the cells; a unit or a note belongs into another column.",
    "ambiguous_number": "Set decimal in a profile, which says what separates the decimals.",
    "wrong_separator": "Set the other decimal in the profile, or correct the cells.",
    "other_currency": "Correct the currency of the order, or of the amount.",
    "percentage": "Write the amount instead of the share.",
    "too_many_digits": "Round the amounts, or remove digits that say nothing.",
    "too_large": "Correct the amounts: the API takes less than 1,000,000,000.",
    "not_positive": "Correct the quantities; leave out lines that order nothing.",
    "negative": "Write the amount above 0, and what is taken off into the column of discounts.",
    "nul_character": "Remove the NUL characters, or export the file anew.",
    "rounded_number": "Store the column as text before you fill it: a spreadsheet keeps 15 digits of a number.",
    "not_in_lookup": "Add the missing entries to the lookup table.",
    "malformed_row": "Put texts with separators or line breaks into quotes, or export the file anew.",
    "unreadable_cell": "Mend the formulas, or store their results as values.",
    "inexact_division": "Give the price of one in a column of its own.",
    "no_line_items": "Add the line items, or leave the orders out; look whether a file is missing.",
    "no_order": "Add the orders, or leave the line items out; look whether a file is missing.",
    "duplicate_order": "Keep one of each, or give the others numbers of their own.",
    "repeated_line_item": "Leave out one of the files, or remove the line items that they repeat.",
    "conflicting_values": "Write the same value in all rows of an order.",
    "order_too_large": "Raise --max-batch-bytes, if the API takes more.",
    "changed_since_created": "Change these orders on the platform itself; they are not sent again.",
    "order_invalid": "Mend the rows that are named; nothing is wrong with these.",
}
