//go:build system

package system

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Of the demo.
const (
	jane   = "3f7e0d5c-4f6c-4b6c-9d5a-0d7f6f7a1c11" // viewer@lightdash.com, in no group
	david  = "b264d83a-9000-426a-85ec-3f9c20f368ce" // demo@lightdash.com, in Europe
	europe = "5c8e1ffe-27b2-4d55-8b1e-3d1b7a3e6a01"
)

// button finds one by what it says.
func button(text string) string { return `//button[normalize-space()="` + text + `"]` }

// row finds a table's row by a text in it.
func row(text string) string { return `//main//tbody/tr[contains(., "` + text + `")]` }

// texts returns what a person reads in all elements of a kind.
func (b *tab) texts(t *testing.T, elements string) []string {
	t.Helper()
	found, err := chromedp.Run(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("`+elements+`")].map((e) => e.innerText.trim().replace(/\s+/g, " "))`))
	b.check(t, "read "+elements, err)
	return found
}

// told waits until the page tells something, and fails the test where that is anything else.
func (b *tab) told(t *testing.T, want string) {
	t.Helper()
	b.do(t, "be told "+want, chromedp.WaitVisible(`//*[@role="status" or @role="alert"][contains(., "`+want+`")]`))
}

// signedIn opens the admin page of a new server with the demo, with its token.
func signedIn(t *testing.T) (*tab, client) {
	t.Helper()
	address, token := serveDemo(t)
	page := newTab(t)
	page.do(t, "sign in", chromedp.Navigate("http://"+address+"/admin"),
		chromedp.SendKeys(`input[name="token"]`, token), chromedp.Click(button("Sign in")), chromedp.WaitVisible(button("New attribute…")))
	return page, client{address, token}
}

func TestAdminPageNeedsAToken(t *testing.T) {
	address, token := serveDemo(t)
	page := newTab(t)
	page.do(t, "open", chromedp.Navigate("http://"+address+"/admin"), chromedp.WaitVisible(`input[name="token"]`))
	if text := page.read(t, "main"); !strings.Contains(text, "attributed token create --email") {
		t.Errorf("without a token the page does not say how to get one, but\n%s", text)
	}
	page.usable(t, "sign-in")
	kept := func() []string {
		values, err := chromedp.Run(page, chromedp.Evaluate[[]string](`[...Object.values(sessionStorage), ...Object.values(localStorage), document.cookie, location.href]`))
		page.check(t, "what is kept", err)
		return values
	}
	for wrong, refusal := range map[string]string{"ldpat_00000000000000000000000000000000": "Failed to authorize user", "pässword✓": "this is none"} {
		page.do(t, "wrong token", chromedp.KeyEvent(wrong+kb.Enter), chromedp.WaitVisible(`//*[@role="alert"][contains(., "`+refusal+`")]`))
		if values := kept(); !slices.Equal(values, []string{"", "http://" + address + "/admin"}) {
			t.Errorf("of a wrong token the page keeps %q", values)
		}
	}
	page.do(t, "sign in", chromedp.KeyEvent(" ApiKey "+token+" "+kb.Enter), chromedp.WaitVisible(button("New attribute…")))
	if values := kept(); !slices.Equal(values, []string{token, "", "http://" + address + "/admin"}) {
		t.Errorf("the page keeps %q, want the token in the tab's storage alone", values)
	}
	page.do(t, "reload", chromedp.Reload(), chromedp.WaitVisible(button("New attribute…")))
	page.do(t, "sign out", chromedp.Click(button("Sign out")), chromedp.WaitVisible(`input[name="token"]`))
	if values := kept(); !slices.Equal(values, []string{"", "http://" + address + "/admin"}) {
		t.Errorf("after signing out the page keeps %q", values)
	}
	page.quiet(t, address, http.StatusUnauthorized)
}

func TestAdminPageFromCreateToRemove(t *testing.T) {
	page, api := signedIn(t)
	page.do(t, "ask for a new one", chromedp.Click(button("New attribute…")), chromedp.SendKeys(`dialog input[name="name"]`, "sales_region"),
		chromedp.SendKeys(`dialog input[name="description"]`, "Where a person sells"), chromedp.Click(button("Add a value")), chromedp.SendKeys(`dialog ol input`, "World"))
	page.usable(t, "new attribute")
	page.do(t, "create", chromedp.Click(button("Save")))
	page.told(t, "The attribute was created.")
	page.do(t, "create it again", chromedp.Click("nav a"), chromedp.WaitVisible(button("New attribute…")), chromedp.Click(button("New attribute…")), chromedp.SendKeys(`dialog input[name="name"]`, "sales_region"), chromedp.Click(button("Save")))
	page.told(t, "Another user attribute of this organization has this name.")
	page.usable(t, "409")
	page.do(t, "think better of it", chromedp.Click(button("Cancel")), chromedp.WaitNotPresent("dialog"), chromedp.Click(row("sales_region")+"//a"), chromedp.WaitVisible(button("Edit…")))

	page.do(t, "pick a person", chromedp.Click(button("Set for a person…")), chromedp.SendKeys(`dialog input[type="search"]`, "good"), chromedp.WaitVisible(`//dialog[not(contains(., "David"))]//li/button[contains(., "Jane Goodall")]`))
	page.usable(t, "pick")
	page.do(t, "set two values", chromedp.Click(`//dialog//li/button[contains(., "Jane")]`), chromedp.SendKeys(`dialog ol input`, "EMEA"), chromedp.Click(button("Add a value")), chromedp.SendKeys(`dialog li:nth-child(2) input`, "APAC"))
	page.usable(t, "two values")
	page.do(t, "save", chromedp.Click(button("Save")))
	page.told(t, "The value was set.")
	page.do(t, "set a group's", chromedp.Click(button("Set for a group…")), chromedp.Click(`//dialog//li/button[contains(., "Europe")]`), chromedp.SendKeys(`dialog ol input`, "AMER"), chromedp.Click(button("Save")), chromedp.WaitVisible(row("Europe")))
	if got, want := page.texts(t, "main tbody tr"), []string{"Person viewer@lightdash.com EMEA APAC Change… Clear…", "Group Europe AMER Change… Clear…"}; !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	page.usable(t, "attribute")
	page.picture(t, "admin-page.png", 620)
	page.do(t, "search", chromedp.SendKeys("main input", "amer"), chromedp.WaitNotPresent(row("viewer")))
	page.told(t, "1 of 2 entries")

	for uuid, want := range map[string][]string{jane: {"sales_region EMEA APAC own value"}, david: {"sales_region AMER group Europe"}, "80fb8b59-d6b7-4ed6-b969-9849310f3e53": {"sales_region AMER group Europe"}} {
		page.do(t, "a person", chromedp.Navigate("http://"+api.address+"/admin#/people/"+uuid), chromedp.Reload(), chromedp.WaitVisible(row("sales_region")))
		if got := page.texts(t, "main tbody tr"); !slices.Equal(got, want) {
			t.Errorf("of %s the page shows %q, want %q", uuid, got, want)
		}
	}
	page.usable(t, "person")
	page.do(t, "clear", chromedp.Click("nav a:last-child"), chromedp.Click(`//main//li/button[contains(., "Jane")]`), chromedp.Click(row("own value")+"//a"), chromedp.Click(row("viewer")+button("Clear…")))
	page.usable(t, "clear")
	page.do(t, "clear", chromedp.Click(`//dialog`+button("Clear")), chromedp.WaitNotPresent(row("viewer")))
	page.told(t, "The value was cleared.")
	page.do(t, "look at the person again", chromedp.Navigate("http://"+api.address+"/admin#/people/"+jane), chromedp.WaitVisible(row("default")))
	if got, want := page.texts(t, "main tbody tr"), []string{"sales_region World default"}; !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	page.do(t, "take the default out", chromedp.Click(row("default")+"//a"), chromedp.Click(button("Edit…")), chromedp.SetValue(`dialog input[name="name"]`, "region"), chromedp.Click(button("Take out")), chromedp.Click(button("Save")), chromedp.WaitVisible(`//h1[.="region"]`))
	page.told(t, "The attribute was changed.")
	if got, want := page.texts(t, "main dd")[0], "none"; got != want || len(page.texts(t, "main tbody tr")) != 1 {
		t.Errorf("the default is %q, want %q, and the values %q", got, want, page.texts(t, "main tbody tr"))
	}
	page.do(t, "remove", chromedp.Click(button("Remove…")), chromedp.Click(`//dialog`+button("Remove")))
	page.told(t, "The attribute was removed.")
	page.do(t, "see nothing", chromedp.WaitNotPresent(row("region")))
	page.quiet(t, api.address, http.StatusConflict)
}

func TestAdminPageShowsWhatChangedMeanwhile(t *testing.T) {
	page, api := signedIn(t)
	uuid := api.create(t, "region")
	api.call(t, "PUT", "attributes/"+uuid+"/users/"+jane, map[string]any{"value": "EMEA"})
	page.do(t, "open", chromedp.Navigate("http://"+api.address+"/admin#/attributes/"+uuid), chromedp.WaitVisible(row("EMEA")))
	setTo := func(value string) {
		t.Helper()
		page.do(t, "change", chromedp.Click(row("viewer")+button("Change…")), chromedp.SetValue(`dialog ol input`, value), chromedp.Click(button("Save")), chromedp.WaitVisible("dialog.wide"))
	}
	api.call(t, "PUT", "attributes/"+uuid+"/users/"+jane, map[string]any{"value": "APAC"})
	setTo("AMER")
	page.usable(t, "412")
	if got, want := page.texts(t, "dialog.wide tbody tr"), []string{"viewer@lightdash.com EMEA AMER APAC"}; !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	page.do(t, "leave it", chromedp.Click(button("Leave it as it is now")), chromedp.WaitVisible(row("APAC")))
	page.told(t, "It was left as it is now.")

	// Of what others do at the same time nothing is undone.
	api.call(t, "PUT", "attributes/"+uuid+"/groups/"+europe, map[string]any{"value": "EU"})
	setTo("AMER")
	if got, want := page.texts(t, "dialog.wide tbody tr"), []string{"viewer@lightdash.com APAC AMER APAC", "Europe none none EU"}; !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	page.do(t, "insist", chromedp.Click(button("Make my change all the same")), chromedp.WaitVisible(row("AMER")), chromedp.WaitVisible(row("EU")))

	api.call(t, "PUT", "attributes/"+uuid+"/users/"+david, map[string]any{"values": []string{"a", "b"}})
	page.do(t, "rename", chromedp.Click(button("Edit…")), chromedp.SetValue(`dialog input[name="name"]`, "renamed"), chromedp.Click(button("Save")), chromedp.WaitVisible("dialog.wide"),
		chromedp.Click(button("Make my change all the same")), chromedp.WaitVisible(`//h1[.="renamed"]`), chromedp.WaitVisible(row("demo@")))
	api.call(t, "DELETE", "attributes/"+uuid, nil)
	page.do(t, "change what is gone", chromedp.Click(row("demo@")+button("Clear…")), chromedp.Click(`//dialog`+button("Clear")))
	page.told(t, "This user attribute does not exist.")
	page.quiet(t, api.address, http.StatusPreconditionFailed, http.StatusNotFound)
}
