//go:build system

package system

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// focused is what the element is called that has the focus, as a script asks for it.
const focused = `(() => {
	const element = document.activeElement;
	if (element === document.body) return "";
	return (element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText).replace(/\s+/g, " ");
})()`

// press presses keys, one after the other, and waits until the focus is on what is called so.
func (b *tab) press(t *testing.T, want string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		b.do(t, "press a key", chromedp.KeyEvent(key))
	}
	if _, err := chromedp.Run(b, chromedp.Poll[chromedp.Void](focused+` === `+strconv.Quote(want), chromedp.WithPollingTimeout(0))); err != nil {
		is, _ := chromedp.Run(b, chromedp.Evaluate[string](focused))
		t.Fatalf("after %q the focus is on %q, want %q: %v", keys, is, want, err)
	}
}

// tabTo goes on to what is called so, as somebody does who has no mouse, and sees at each step where they are.
func (b *tab) tabTo(t *testing.T, want string) {
	t.Helper()
	var passed []string
	for range 60 {
		b.do(t, "press Tab", chromedp.KeyEvent(kb.Tab))
		is, err := chromedp.Run(b, chromedp.Evaluate[string](focused))
		b.check(t, "focus", err)
		if is != "" {
			outline, err := chromedp.Run(b, chromedp.Evaluate[string](`getComputedStyle(document.activeElement).outlineStyle`))
			b.check(t, "outline", err)
			if outline == "none" {
				t.Errorf("%q does not show that it has the focus", is)
			}
		}
		if is == want {
			return
		}
		passed = append(passed, is)
	}
	t.Fatalf("Tab does not lead to %q, but to %q", want, passed)
}

func TestAdminPageByKeysAlone(t *testing.T) {
	address, token := serveDemo(t)
	page := newTab(t)
	page.do(t, "open", chromedp.Navigate("http://"+address+"/admin"))
	page.press(t, "Personal access token")
	page.press(t, "User attributes", token, kb.Enter)
	page.tabTo(t, "New attribute…")
	page.press(t, "Name", kb.Enter)
	page.press(t, "New attribute…", "reg", kb.Escape)
	page.press(t, "Name", kb.Enter)
	page.press(t, "region", "region", kb.Enter)

	page.tabTo(t, "Set for a person…")
	page.press(t, "Search by name or e-mail", kb.Enter)
	page.press(t, "Search by name or e-mail", "goodall")
	page.do(t, "find", chromedp.WaitVisible(`//dialog[not(contains(., "David"))]//li/button[contains(., "Jane")]`))
	page.tabTo(t, "viewer@lightdash.com Jane Goodall")
	page.press(t, "Value 1", kb.Enter)
	page.press(t, "Value 1", "EMEA")
	page.tabTo(t, "Add a value")
	page.press(t, "Value 2", kb.Enter)
	page.press(t, "Take out value 2", kb.Tab)
	page.press(t, "Value 1", kb.Enter)
	page.press(t, "Change… viewer@lightdash.com", kb.Enter)
	page.told(t, "The value was set.")

	page.tabTo(t, "Clear… viewer@lightdash.com")
	page.press(t, "Cancel", kb.Enter)
	page.press(t, "Clear… viewer@lightdash.com", kb.Enter)
	page.press(t, "Cancel", kb.Enter)
	page.tabTo(t, "Clear")
	page.press(t, "Who has which value", kb.Enter)
	page.told(t, "The value was cleared.")

	page.tabTo(t, "Remove…")
	page.press(t, "Cancel", kb.Enter)
	page.tabTo(t, "Remove")
	page.press(t, "User attributes", kb.Enter)
	page.told(t, "The attribute was removed.")
	page.tabTo(t, "Sign out")
	page.press(t, "Personal access token", kb.Enter)
	page.quiet(t, address)
}
