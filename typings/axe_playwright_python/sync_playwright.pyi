from typing import Any

from playwright.sync_api import Page

class AxeResults:
    violations_count: int
    def generate_report(self) -> str: ...

class Axe:
    def run(self, page: Page, context: Any = ..., options: Any = ...) -> AxeResults: ...
