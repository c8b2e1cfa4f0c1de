//go:build system

package system

import (
	_ "embed"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe finds what keeps people from using a page: https://github.com/dequelabs/axe-core.
//
//go:embed testdata/axe-core/axe.min.js
var axe string

// A page is looked at as wide as a desk's screen, and a telephone's.
const (
	desk      = 1280
	telephone = 360
	height    = 1000
)

// look shows the page as it is in a color scheme and at a width.
func (b *tab) look(t *testing.T, scheme string, width int64) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	_, err := chromedp.Call(b, emulation.SetEmulatedMedia, media)
	b.check(t, "color scheme", err)
	b.do(t, "width", chromedp.EmulateViewport(width, height))
}

// usable fails the test where axe finds something, in light and in dark, at a desk and on a
// telephone, or where the page is wider than it.
func (b *tab) usable(t *testing.T, what string) {
	t.Helper()
	_, err := chromedp.Run(b, chromedp.Evaluate[chromedp.Void](axe))
	b.check(t, "axe", err)
	for _, scheme := range []string{"dark", "light"} {
		for _, width := range []int64{telephone, desk} {
			b.look(t, scheme, width)
			found, err := chromedp.Run(b, chromedp.Evaluate[[]string](`axe.run().then(({violations}) =>
				violations.flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => id + " at " + target + ": " + failureSummary)))`, chromedp.EvalAwaitPromise))
			b.check(t, "axe.run", err)
			for _, violation := range found {
				t.Errorf("%s, %s, %d wide: %s", what, scheme, width, violation)
			}
			wide, err := chromedp.Run(b, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
			b.check(t, "width", err)
			if wide > width {
				t.Errorf("%s, %s, %d wide: the page is %d wide", what, scheme, width, wide)
			}
		}
	}
}
