//go:build system

package system

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// screenshots is where pictures of the pages are written, for docs/.
var screenshots = flag.String("screenshots", "", "folder for pictures of the pages")

// picture writes what is seen, in light and so high, where pictures are asked for.
func (b *tab) picture(t *testing.T, name string, height int64) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	b.look(t, "light", desk)
	b.do(t, "height", chromedp.EmulateViewport(desk, height))
	png, err := chromedp.Run(b, chromedp.CaptureScreenshot())
	b.check(t, "picture", err)
	if err := os.WriteFile(filepath.Join(*screenshots, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDocsPage(t *testing.T) {
	address, token := serveDemo(t)
	client{address, token}.create(t, hostile)
	page := newTab(t)
	page.do(t, "open the server's address", chromedp.Navigate("http://"+address), chromedp.WaitVisible(".scheme-container .authorize"))
	location, err := chromedp.Run(page, chromedp.Location())
	page.check(t, "location", err)
	if title := page.read(t, "#operations .info .title"); location != "http://"+address+"/docs" || !strings.Contains(title, "Lightdash API") {
		t.Errorf("the page at %s has the title %q", location, title)
	}
	page.do(t, "open Authorize", chromedp.Click(".scheme-container .authorize"), chromedp.WaitVisible(".auth-container input"))
	page.usable(t, "Authorize")
	page.do(t, "authorize",
		chromedp.SendKeys(".auth-container input", token), chromedp.Click(".auth-btn-wrapper .authorize"),
		chromedp.WaitVisible(`//button[text()="Logout"]`))
	page.usable(t, "Authorize, done")
	page.do(t, "close", chromedp.Click(".auth-btn-wrapper .btn-done"), chromedp.WaitNotPresent(".dialog-ux"))

	const operation = `[id$="-getUserAttributes"] `
	page.do(t, "call", chromedp.Click(operation+".opblock-summary-control"),
		chromedp.WaitVisible(operation+".responses-inner .model-example"), // comes with the operation, which Execute does not wait for
		chromedp.Click(operation+".execute"))
	status := page.read(t, operation+".live-responses-table .response .response-col_status")
	answer := page.read(t, operation+".live-responses-table .response .highlight-code")
	told := strings.ReplaceAll(hostile, `"`, `\"`)
	if !strings.HasPrefix(status, "200") || !strings.Contains(answer, `"name": "`+told+`"`) {
		t.Errorf("the call shows %s, %s", status, answer)
	}
	page.usable(t, "a call")
	page.do(t, "scroll", chromedp.ScrollIntoView(operation+".opblock-summary"))
	page.picture(t, "docs-page.png", 1000)
	title, err := chromedp.Run(page, chromedp.Title())
	page.check(t, "title", err)
	if title != "attributed: the API" {
		t.Errorf("a name changed the title to %q", title)
	}
	page.quiet(t, address)
}
