//go:build system

package system

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAdminPageShowsHostileNamesAsText(t *testing.T) {
	page, api := signedIn(t)
	longest := strings.Repeat("😀", 255)
	names := []string{hostile, longest, `"'><svg onload=document.title=3>`, "\u202eright to left\u2066", "${{constructor}}", "line\nbreak\ttab"}
	for _, name := range names {
		uuid := api.create(t, name)
		api.call(t, "PUT", "attributes/"+uuid+"/users/"+jane, map[string]any{"values": []string{name, "", name}})
		api.call(t, "PUT", "attributes/"+uuid+"/groups/"+europe, map[string]any{"value": name})
	}
	page.do(t, "reload", chromedp.Reload(), chromedp.WaitVisible("main tbody tr"))
	page.usable(t, "hostile list")
	shown := func(elements string) []string {
		found, err := chromedp.Run(page, chromedp.Evaluate[[]string](`[...document.querySelectorAll("`+elements+`")].map((e) => e.firstChild?.data ?? "")`))
		page.check(t, elements, err)
		return found
	}
	if got := shown("tbody th a"); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(names))) {
		t.Errorf("the page lists %q, want %q", got, names)
	}
	for i := range names {
		page.do(t, "open", chromedp.Navigate("http://"+api.address+"/admin#/"), chromedp.Click(`tr:nth-child(`+strconv.Itoa(i+1)+`) th a`), chromedp.WaitVisible(button("Edit…")))
		name := shown("h1")[0]
		if !slices.Contains(names, name) {
			t.Errorf("a heading is %q", name)
		}
		if got, want := shown(".values li"), []string{name, "", name, name}; !slices.Equal(got, want) {
			t.Errorf("of %q the page shows the values %q", name, got)
		}
		// What is not edited stays to the letter, though fields of a page have no line breaks as they were.
		page.do(t, "save as it is", chromedp.Click(row("viewer")+button("Change…")), chromedp.Click(button("Save")), chromedp.WaitNotPresent("dialog"))
		page.told(t, "The value was set.")
		if got, want := shown(".values li"), []string{name, "", name, name}; !slices.Equal(got, want) {
			t.Errorf("of %q the page leaves the values %q", name, got)
		}
	}
	page.usable(t, "hostile attribute")
	page.do(t, "person", chromedp.Navigate("http://"+api.address+"/admin#/people/"+jane), chromedp.WaitVisible("//h1[contains(., 'viewer')]"))
	page.usable(t, "hostile person")
	scripts, err := chromedp.Run(page, chromedp.Evaluate[int64](`document.querySelectorAll("main script, main img, main svg").length`))
	page.check(t, "elements", err)
	if titles := page.texts(t, "title"); scripts != 0 || !strings.HasSuffix(titles[0], "– attributed") {
		t.Errorf("names became %d elements, and the title %q", scripts, titles)
	}
	page.quiet(t, api.address)
}

func TestAdminPageShowsManyByPages(t *testing.T) {
	page, api := signedIn(t)
	for i := range 101 {
		api.create(t, "attribute "+strconv.Itoa(i))
	}
	page.do(t, "reload", chromedp.Reload(), chromedp.WaitVisible(row("attribute 100")))
	page.told(t, "101 attributes")
	names := api.names(t)
	for _, turn := range []struct {
		button, page string
		rows         []string
	}{
		{"Next", "Page 2 of 3", names[50:100]},
		{"Next", "Page 3 of 3", names[100:]},
		{"Next", "Page 3 of 3", names[100:]},
		{"Previous", "Page 2 of 3", names[50:100]},
	} {
		page.do(t, turn.button, chromedp.Click(button(turn.button)))
		if got := page.texts(t, "tbody th"); page.texts(t, ".pages span")[0] != turn.page || !slices.Equal(got, turn.rows) {
			t.Errorf("%s leads to %q, want %+v", turn.button, got, turn)
		}
	}
	page.usable(t, "many")
	page.do(t, "search", chromedp.SendKeys(`main input[type="search"]`, "TE 9"), chromedp.WaitVisible(row("attribute 9")))
	page.told(t, "11 of 101 attributes")
	if got := page.texts(t, "tbody th"); len(got) != 11 || got[10] != "attribute 9" {
		t.Errorf("found %q", got)
	}
	page.quiet(t, api.address)
}
