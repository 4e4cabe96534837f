"""The schema of the database: Alembic's migrations, called from our own commands and tests."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from quizapp.core.db import database
from quizapp.core.paths import data_dir


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(data_dir("migrations")))
    return made


def upgrade() -> None:
    """Bring the database to the newest schema; from empty, or from any older one."""
    command.upgrade(config(), "head")


def is_current() -> bool:
    """Whether the database has the schema that this code expects."""
    with database.engine.connect() as connection:
        stands = MigrationContext.configure(connection).get_current_heads()
    return set(stands) == set(ScriptDirectory.from_config(config()).get_heads())
