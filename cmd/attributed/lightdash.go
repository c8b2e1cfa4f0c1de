package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // a container has no zones of its own

	"attributed/cmd/commandline"
	"attributed/store"
)

// secretVariable has the secret of the Lightdash that attributed stands beside. It has Lightdash's own
// name; and there is no flag of it, since others can see arguments.
const secretVariable = "LIGHTDASH_SECRET"

// environment looks variables up.
type environment func(name string) string

// lightdashFlags are for standing beside a real Lightdash, on its own database.
type lightdashFlags struct {
	Lightdash           bool   `help:"Serve on the database of a real Lightdash, as it is: nothing is made or migrated there. Needs that one's secret, in $$LIGHTDASH_SECRET or a file."`
	LightdashSecretFile string `placeholder:"FILE" help:"The file that has the Lightdash's LIGHTDASH_SECRET, by which its tokens are known; default: the variable of that name."`
	timezoneFlag

	secret string // of the variable
}

// AfterApply is called by kong, which hands over what the program was started with.
func (f *lightdashFlags) AfterApply(variables environment) error {
	f.secret = variables(secretVariable)
	return nil
}

// beside returns what the store must know of the Lightdash, nil where there is none.
func (f *lightdashFlags) beside(c *serveCommand) (*store.Lightdash, error) {
	if !f.Lightdash {
		return nil, nil
	}
	switch {
	case strings.HasPrefix(string(c.Database), "sqlite:"):
		return nil, commandline.UsageError{Err: errors.New("--lightdash is for the PostgreSQL database of a Lightdash: name it with --database postgres" + placeholders + "HOST/NAME")}
	case c.Demo:
		return nil, commandline.UsageError{Err: errors.New("--demo makes people, who are Lightdash's own to keep: leave it or --lightdash out")}
	}
	secret := []byte(f.secret)
	if f.LightdashSecretFile != "" {
		var err error
		if secret, err = os.ReadFile(f.LightdashSecretFile); err != nil {
			return nil, fmt.Errorf("--lightdash-secret-file: %w", err)
		}
		secret = bytes.TrimRight(secret, "\r\n") // an editor's
	}
	if len(secret) == 0 {
		return nil, commandline.UsageError{Err: fmt.Errorf("--lightdash needs the Lightdash's secret: set %s, or name a file that has it with --lightdash-secret-file", secretVariable)}
	}
	return &store.Lightdash{Secret: secret, Timezone: f.LightdashTimezone.location()}, nil
}

// toldWhere is where changes are told beside a Lightdash.
func toldWhere(st *store.Store) string {
	if st.KeepsAnswers() {
		return "in attributed.audit_events"
	}
	return "in this log only"
}

// timezoneFlag is for whatever reads a Lightdash's tokens.
type timezoneFlag struct {
	LightdashTimezone timezone `default:"UTC" placeholder:"ZONE" help:"The time zone in which the Lightdash runs, and so writes when a token expires and was used, as in Europe/Berlin; default ${default}."`
}

// timezone is the name of one.
type timezone string

func (z timezone) Validate() error {
	if _, err := time.LoadLocation(string(z)); err != nil || z == "" || z == "Local" {
		return errors.New("write the name of a time zone, as in UTC or Europe/Berlin")
	}
	return nil
}

func (z timezone) location() *time.Location {
	location, err := time.LoadLocation(string(z))
	if err != nil {
		return time.UTC // Validate has seen it
	}
	return location
}
