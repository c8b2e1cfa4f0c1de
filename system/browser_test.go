//go:build system

package system

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in a headless Chromium, with what went on in it.
type tab struct {
	context.Context

	mu       sync.Mutex
	problems []string // errors and warnings of the console, broken policies and requests that failed among them
	hosts    []string // to which requests were made
}

// newTab starts a browser with nothing in it, and ends it with the test.
func newTab(t *testing.T) *tab {
	t.Helper()
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.NoSandbox, // which root cannot have
		chromedp.WindowSize(1280, 1300),
		chromedp.WSURLReadTimeout(5 * time.Minute), // until it has started
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // what never comes is waited for no longer
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{Context: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			for _, argument := range e.Args {
				b.problems = append(b.problems, string(e.Type)+": "+string(argument.Value)+argument.Description)
			}
		}
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.problems = append(b.problems, string(e.Entry.Level)+": "+e.Entry.Text+" "+e.Entry.URL)
	case *network.EventRequestWillBeSent:
		if address, err := url.Parse(e.Request.URL); err != nil {
			b.problems = append(b.problems, err.Error())
		} else if address.Scheme != "data" { // which is in the page itself
			b.hosts = append(b.hosts, address.Host)
		}
	}
}

// do does what a person would, and fails the test where that cannot be done.
func (b *tab) do(t *testing.T, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for _, step := range steps {
		b.check(t, what, again(func() error { return chromedp.Do(b, step) }))
	}
}

// again does something until the page has not replaced the element that was found before anything was
// done to it, as a view does that is drawn anew.
func again(do func() error) error {
	for {
		if err := do(); err == nil || !strings.Contains(err.Error(), "Could not find node with given id") {
			return err
		}
	}
}

// read returns what a person would read in an element.
func (b *tab) read(t *testing.T, element string) string {
	t.Helper()
	var text string
	b.check(t, "read "+element, again(func() (err error) {
		text, err = chromedp.Run(b, chromedp.Text(element))
		return err
	}))
	return text
}

func (b *tab) check(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		t.Fatalf("%s: %v; until then the console had %q", what, err, b.problems)
	}
}

// quiet fails the test where a host other than this was asked, or the console has something to say
// but that answers had these statuses, which have to be told there.
func (b *tab) quiet(t *testing.T, host string, statuses ...int) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, status := range statuses {
		refused := func(problem string) bool {
			return strings.Contains(problem, fmt.Sprintf("responded with a status of %d ", status))
		}
		if !slices.ContainsFunc(b.problems, refused) {
			t.Errorf("no answer had the status %d", status)
		}
		b.problems = slices.DeleteFunc(b.problems, refused)
	}
	for _, problem := range b.problems {
		t.Errorf("the console has %s", problem)
	}
	slices.Sort(b.hosts)
	if asked := slices.Compact(b.hosts); !slices.Equal(asked, []string{host}) {
		t.Errorf("requests went to %q, want %q alone", asked, host)
	}
}
