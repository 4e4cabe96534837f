"""A teacher who edits the bank pastes twenty questions and sees what became of each."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person
from quizapp.bank.models import Question, Revision
from quizapp.bank.rules import Kind, Origin
from tests.journeys.conftest import ONE_DATABASE, PHONE, staff_in
from tests.town import Town

pytestmark = ONE_DATABASE

PASSWORD = "a long password"
# Twenty as a teacher has them in a document: seventeen are clear; 5, 16 and 20 are not.
PASTED = """初中禁毒知识练习题
一、单项选择题（每题2分）
1．不认识的人请你喝打开的饮料，怎么做最安全？（ ）
A．谢绝并走开  B．先尝一口  C．收下来再说
2. 发现有人贩毒，应当打哪个电话？（ ）
A. 110   B. 119   C. 114
3、好朋友劝你吸电子烟，你怎么做？
A、说不，走开
B、吸一口试试
C、替他保密
4. 国际禁毒日是哪一天？（ ）
A. 6月1日 B. 6月26日 C. 12月4日
5. 这一题忘了写答案（ ）
A. 甲 B. 乙 C. 丙
6. 下面哪个是急救电话？（ ）
(A)120 (B)121 (C)12315
7. 捡到不明药片，应当（ ）
A. 告诉大人 B. 尝一尝 C. 送给同学
8. 笑气是用来玩的吗？选最合适的一句。（ ）
A. 不是，不吸着玩 B. 偶尔可以 C. 大家都在玩
二、多项选择题
9. 心里难受时，哪些办法有帮助？（ ）
A. 找人说一说 B. 去跑步 C. 吸烟 D. 好好睡觉
10. 哪些人可以帮助你？（ ）
A. 家长 B. 老师 C. 警察 D. 陌生网友
三、判断题
11. 毒品一次也不能试。（ ）
12. 只要意志坚强，吸毒不会上瘾。（ ）
13. 戒毒的人也应当受到尊重。（ ）
14. 电子烟对青少年没有害处。（ ）
四、填空题
15. 青少年服务热线是________。
16. 禁毒工作从____抓起，人人____。
17. 报警电话是（　　）。
18. 急救电话是____。
19. 国际禁毒日在____月。
五、简答题
20. 谈谈你怎样拒绝毒品。

参考答案：
一、1-4 AAAB  6-8 AAA
二、9.ABD 10.ABC
三、11-14 √×√×
四、15. 12355
16. 小 / 有责
17. 110
18. 120
19. 6
"""


@pytest.fixture
def people(session: Session, town: Town) -> None:
    for person in (town.ms_chen, town.editor_yu):
        session.get_one(Person, person.id).password_hash = credentials.hashed(PASSWORD)
    session.commit()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("login", "scripts"), [("ms_chen", True), ("editor_yu", False)], ids=["a teacher", "an editor"]
)
def test_twenty_questions_are_pasted(
    browser: Browser, session: Session, site: str, login: str, scripts: bool
) -> None:
    page = browser.new_context(viewport=PHONE, java_script_enabled=scripts).new_page()
    staff_in(page, site, login, PASSWORD)
    page.goto(f"{site}/bank/import")
    page.get_by_label("Or paste the questions").fill(PASTED)
    page.get_by_label("Stage").select_option(label="Junior high school")
    page.get_by_label("Topic").select_option(index=1)
    page.get_by_role("button", name="Look at the questions").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("17 of 21 can be taken in")
    expect(page.locator("section.panel h2.panel__title")).to_have_count(21)
    unclear = page.locator("section.panel", has_text="It cannot be taken in")
    expect(unclear).to_have_count(4)  # The title of the document is told as well.
    expect(page.locator("#item-6")).to_contain_text("no answer was found")
    expect(page.locator("#item-17")).to_contain_text("2 gaps")
    expect(page.locator("#item-21")).to_contain_text("free text")
    width = page.evaluate("document.documentElement.scrollWidth") if scripts else 0
    assert width <= PHONE["width"]
    if scripts:
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.get_by_role("checkbox", name="Take in number 2", exact=True).uncheck()
    page.get_by_role("button", name=re.compile("Take in what is ticked")).click()

    expect(page.get_by_text("16 questions were taken in as drafts")).to_be_visible()
    rows = select(Revision.kind, Question.current).join(Question)
    made = session.execute(rows.where(Revision.origin == Origin.SITE)).all()
    kinds = [kind for kind, _current in made]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        Kind.SINGLE: 6, Kind.MULTIPLE: 2, Kind.JUDGE: 4, Kind.FILL: 4,
    }  # fmt: skip
    assert {current for _kind, current in made} == {None}
    page.goto(f"{site}/bank/import/mine")
    expect(page.get_by_text("Waits for a person")).to_have_count(16)
