"""Kernels that hear the page only when the cell has ended: the page shows all, and says what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.fed_page import columns, send
from tests.support.readme_page import README, finish_readme, open_readme, watched

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.support.browser import Browser


def test_a_cancel_that_is_not_heard_says_so(browser: Browser) -> None:
    """After two seconds, with what to do instead; one that is heard says nothing of the kind."""

    async def look(page: Page) -> list[Any]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.3, full=True, heard=False))
        await page.click(".ad-cancel")
        seen: list[Any] = [await page.inner_text(".ad-cancel")]
        await page.wait_for_selector(".ad-not-heard:visible")
        seen += [await page.inner_text(".ad-cancel"), await page.inner_text(".ad-not-heard")]
        await send(page, *columns(README, "k", 2, at=0.4, full=True, heard=True))
        seen += [await page.inner_text(".ad-cancel"), await page.is_visible(".ad-not-heard")]
        await finish_readme(page, 3)
        return [*seen, await page.is_visible(".ad-cancel")]

    asked, unheard, note, heard, still, button = watched(browser, look)
    assert (asked, unheard, heard) == ("■ Cancelling", "■ Not heard", "■ Cancelling")
    assert "Interrupt the kernel to stop the run." in note
    assert (still, button) == (False, False)


def test_details_that_wait_say_so(browser: Browser) -> None:
    """A value is asked of the kernel, which answers when the cell has ended."""

    async def look(page: Page) -> list[str]:
        await open_readme(page)
        await send(page, *columns(README, "k", 1, at=0.55, full=True, heard=False))
        await page.click('.ad-label[data-node="0"]')
        await page.evaluate("kernel.drawn()")
        before = await page.inner_text(".ad-details")
        answer = {"kind": "details", "run": "k", "node": 0, "value": "7", "traceback": None}
        await send(page, answer)
        return [before, await page.inner_text(".ad-details")]

    before, after = watched(browser, look)
    waits = "when the cell has ended"
    assert waits in before
    assert waits not in after
    assert "7" in after


def test_whole_frames_again_and_again_change_nothing_but_what_is_new(browser: Browser) -> None:
    """Whoever comes late to frames that are all whole sees the same as from the first one on."""

    async def look(page: Page) -> list[Any]:
        seen = []
        for frames in ((1, 2, 3), (3,)):
            await open_readme(page)
            for number in frames:
                at = 0.2 * number
                await send(page, *columns(README, "k", number, at=at, full=True, heard=False))
            seen.append(
                [
                    await page.inner_text(".ad-count"),
                    await page.inner_text(".ad-parallel"),
                    await page.eval_on_selector_all(
                        ".ad-box", "all => all.map((one) => one.dataset.state)"
                    ),
                    await page.evaluate("kernel.sent.filter((one) => one.kind === 'open').length"),
                ]
            )
            await page.evaluate("kernel.close(); kernel.hide()")
        return seen

    every, last = watched(browser, look)
    assert every == last
    assert every[0] == "4 / 6 nodes"
