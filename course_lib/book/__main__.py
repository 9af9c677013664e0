import sys

from course_lib.book.execute import main

sys.exit(main())
