# singer.sh PYTHON ORDERS LINE_ITEMS: tap and target as Singer joins them; the target is told its URL by the environment.
set -euo pipefail
here=$(dirname "$0")
"$1" "$here/singer_tap.py" "$2" "$3" | "$1" "$here/singer_target.py" --config=ENV
