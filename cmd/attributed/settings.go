package main

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"attributed/cmd/commandline"
)

// configCommand takes all that serve takes, and serves nothing.
type configCommand struct {
	serveCommand
	formatFlag

	settings []setting
}

// setting is what a flag of serve comes to, as JSON has it.
type setting struct {
	Flag  string `json:"flag"`
	Value string `json:"value"` // "" where there is none; of a database, where it is
	From  string `json:"from"`  // flag, default, or the variable with $ before its name
}

// variablesTaken has the variable of each flag that got its value from one.
type variablesTaken map[*kong.Flag]string

// AfterApply is called by kong, which alone knows where a value comes from.
func (c *configCommand) AfterApply(parsed *kong.Context, taken variablesTaken) error {
	given := map[*kong.Flag]bool{}
	for _, step := range parsed.Path {
		if step.Flag != nil && !step.Resolved {
			given[step.Flag] = true
		}
	}
	for _, flag := range parsed.Selected().Flags {
		if flag.Name == "format" { // ours, not serve's
			continue
		}
		from := "default"
		if given[flag] {
			from = "flag"
		} else if name := taken[flag]; name != "" {
			from = "$" + name
		}
		c.settings = append(c.settings, setting{"--" + flag.Name, shown(flag.Target), from})
	}
	return nil
}

// shown returns a value as it may be given again, but for URLs: of a database's without who connects, of
// others without the password.
func shown(value reflect.Value) string {
	if value.Kind() == reflect.Slice {
		var all []string
		for _, one := range value.Seq2() {
			all = append(all, shown(one))
		}
		return strings.Join(all, ",")
	}
	if u, ok := value.Interface().(interface{ place() string }); ok {
		return u.place()
	}
	if u, err := url.Parse(value.String()); value.Type() == reflect.TypeFor[serverURL]() && err == nil {
		return u.Redacted()
	}
	return fmt.Sprint(value.Interface())
}

// Run prints the settings.
func (c *configCommand) Run(_ context.Context, std commandline.Streams) error {
	return printList(std.Out, c.formatFlag, c.settings, []string{"FLAG", "VALUE", "FROM"}, func(s setting) []string {
		return []string{s.Flag, cell(s.Value), s.From}
	})
}
