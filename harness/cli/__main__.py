"""``python -m harness.cli`` is ``blackstart``."""

import sys

from harness.cli import main

sys.exit(main())
