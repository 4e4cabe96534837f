"""Ids: UUIDv7, made here and not by a database: unique on every shard, in rough order of age.

A UUIDv7 tells when it was made. What must not be guessed is made with `secrets` instead.
"""

import sys

if sys.version_info >= (3, 14):
    from uuid import uuid7
else:
    from uuid_utils.compat import uuid7  # Python's own UUID class, unlike uuid_utils.uuid7.

new_id = uuid7
