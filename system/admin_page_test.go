//go:build system

package system

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// button finds one by its text.
func button(text string) string { return `//button[normalize-space()="` + text + `"]` }

func TestAdminPage(t *testing.T) {
	address, token := serveDemo(t)
	createAttribute(t, address, token, hostile)
	page := newTab(t)
	page.do(t, "open the page", chromedp.Navigate("http://"+address+"/admin"), chromedp.WaitVisible(`input[name="token"]`))
	page.usable(t, "sign-in")
	page.do(t, "sign in", chromedp.SendKeys(`input[name="token"]`, token), chromedp.Click(button("Sign in")), chromedp.WaitVisible("table"))
	page.usable(t, "attributes")
	page.do(t, "create", chromedp.Click(button("New attribute…")), chromedp.SendKeys(`dialog input[name="name"]`, "sales_region"), chromedp.SendKeys(`dialog input[name="description"]`, "Where a person sells"),
		chromedp.Click(button("Add a value")), chromedp.SendKeys(`dialog ol input`, "none"))
	page.usable(t, "create")
	page.do(t, "create", chromedp.Click(button("Save")), chromedp.WaitVisible(button("Edit…")))
	page.do(t, "set", chromedp.Click(button("Set for a person…")), chromedp.WaitVisible(`//dialog//li/button`))
	page.usable(t, "pick")
	page.do(t, "set", chromedp.Click(`//dialog//li/button[contains(., "Jane")]`), chromedp.SendKeys(`dialog ol input`, "EMEA"), chromedp.Click(button("Add a value")), chromedp.SendKeys(`dialog li:nth-child(2) input`, "APAC"))
	page.usable(t, "set")
	page.do(t, "set", chromedp.Click(button("Save")), chromedp.WaitNotPresent("dialog"), chromedp.WaitVisible("tbody tr"))
	page.usable(t, "attribute")
	page.do(t, "person", chromedp.Click("tbody a"), chromedp.WaitVisible("tbody tr"))
	page.usable(t, "person")
	page.quiet(t, address)
}
