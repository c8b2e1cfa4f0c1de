package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"

	"attributed/cmd/commandline"
	"attributed/store"
)

// program is all that an operator can say. Each flag is also a variable; the
// flag wins, and --help shows both.
type program struct {
	Serve     serveCommand     `cmd:"" help:"Serve the API."`
	Migrate   migrateCommand   `cmd:"" help:"Change the database's schema, or show its state."`
	Token     tokenCommand     `cmd:"" help:"Create, list and revoke access tokens."`
	Directory directoryCommand `cmd:"" help:"Bring people, roles and groups in from a CSV file, or print them as one."`
	Audit     auditCommand     `cmd:"" help:"Print who changed which attribute or value, or remove what is too old of it."`
	Lightdash lightdashCommand `cmd:"" help:"Find out whether the API can be served beside a real Lightdash, on its database."`
	Contract  contractCommand  `cmd:"" help:"Find where a server, ours or another, breaks the spec."`
	Export    exportCommand    `cmd:"" help:"Print the attributes of a server, ours or a real Lightdash, as a file for plan and apply."`
	Plan      planCommand      `cmd:"" help:"Show what apply would change at a server. Exit status: 0, or 3 with --exit-code where there is something to change."`
	Apply     applyCommand     `cmd:"" help:"Change the attributes of a server to what files say."`
	Values    valuesCommand    `cmd:"" help:"The values of people and groups as a table, for a spreadsheet."`
	Ready     readyCommand     `cmd:"" help:"Exit with status 0 if a server is ready for requests, as for a health check; else with 1."`
	Config    configCommand    `cmd:"" help:"Print what serve would run with, and where each value comes from: a flag, a variable or the default. No password is shown."`

	Completion completionCommand `cmd:"" help:"Print what makes your shell complete commands and flags."`
	Version    versionCommand    `cmd:"" help:"Print the version and the spec that is served."`

	VersionFlag versionFlag `name:"version" short:"v" help:"Print the version and the spec that is served."`
}

const description = "Attributed serves Lightdash's user attributes API: " +
	"named values that an organization gives to its users and groups, by which dashboards filter rows.\n\n" +
	"To try it: attributed serve --demo"

// parse reads the command line and the variables. It returns no command where it has
// answered itself, as with --help.
func parse(args []string, getenv func(string) string, stdout io.Writer) (commandline.Command, error) {
	given, taken := slices.Clone(args), variablesTaken{}
	command, err := commandline.Parse(&program{}, "attributed", description, args, stdout,
		kong.ValueFormatter(helpWithVariables),
		kong.Bind(taken, environment(getenv)),
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			for _, name := range variables(flag.Value) {
				if value := getenv(name); value != "" {
					given, taken[flag] = append(given, value), name
					return value, nil
				}
			}
			return nil, nil
		})),
	)
	if usage, ok := errors.AsType[commandline.UsageError](err); ok {
		return nil, commandline.UsageError{Err: errors.New(withoutSecrets(usage.Error(), given))}
	}
	return command, err
}

// withoutSecrets leaves out of text the arguments that may hold a password: a database's
// URL may stand where it does not belong, and be quoted there.
func withoutSecrets(text string, given []string) string {
	for _, argument := range given {
		_, value, assigned := strings.Cut(argument, "=")
		for _, secret := range []string{argument, value} {
			if !mayHoldPassword.MatchString(secret) || (secret == value && !assigned) {
				continue
			}
			quoted := strconv.Quote(secret)
			for _, written := range []string{secret, quoted, quoted[1 : len(quoted)-1]} {
				text = strings.ReplaceAll(text, written, "…")
			}
		}
	}
	return text
}

var mayHoldPassword = regexp.MustCompile(`(?i)@|postgres|password`)

// variables lists the environment variables of a flag, the strongest first. Kong
// has a tag of its own for them, but reads the process's environment then.
func variables(flag *kong.Value) []string {
	switch {
	case flag.Tag.Has("variables"):
		return strings.Split(flag.Tag.Get("variables"), ",")
	case flag.Flag == nil, flag.Name == "help", flag.Name == "version": // the first: it is an argument
		return nil
	}
	return []string{"ATTRIBUTED_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))}
}

func helpWithVariables(flag *kong.Value) string {
	names := variables(flag)
	if len(names) == 0 {
		return flag.Help
	}
	return fmt.Sprintf("%s ($%s)", flag.Help, strings.Join(names, ", $"))
}

// databaseFlag is for every command that opens a database.
type databaseFlag struct {
	Database databaseURL `default:"sqlite:attributed.db" placeholder:"URL" variables:"ATTRIBUTED_DATABASE,DATABASE_URL" help:"sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME; default ${default}."`
}

type databaseURL string

// placeholders stand in our own texts where a URL has who connects.
const placeholders = "://USER:PASSWORD@"

func (u databaseURL) Validate() error {
	err := store.CheckURL(string(u))
	switch {
	case err == nil:
		return nil
	case strings.HasPrefix(string(u), "sqlite:"):
		return fmt.Errorf("write sqlite:PATH: %w", err)
	}
	return fmt.Errorf("write sqlite:PATH or postgres"+placeholders+"HOST/NAME, with special characters of a password %%-encoded: %w", err)
}

// exists returns an error if there is no such SQLite file: opening it would make
// one, where a path is more likely mistyped.
func (u databaseURL) exists() error {
	path, sqlite := strings.CutPrefix(string(u), "sqlite:")
	path, _, _ = strings.Cut(path, "?")
	if _, err := os.Stat(path); sqlite && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s: name another with --database, or make it with attributed migrate up", path)
	}
	return nil
}

// place returns where the database is, without user, password or anything else secret.
func (u databaseURL) place() string { return store.Place(string(u)) }

// unusable returns err with what to do about a database that cannot be opened.
func (u databaseURL) unusable(err error) error {
	if _, ok := errors.AsType[*store.Error](err); ok { // says so itself
		return fmt.Errorf("%s: %w", u.place(), err)
	}
	return fmt.Errorf("%s: %w: make sure that it is there, or name another with --database", u.place(), err)
}

// address is a host and a port to listen on. An empty host is every interface.
type address string

func (a address) Validate() error {
	_, port, err := net.SplitHostPort(string(a))
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("write HOST:PORT, as in 127.0.0.1:8080; port 0 is any free one")
	}
	return nil
}

// listenFlag is for every command that needs to know where the server listens.
type listenFlag struct {
	Listen address `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where serve listens; port 0 is any free one; default ${default}."`
}

// listen listens there. Its errors are for an operator, who gave the address with a flag.
func (a address) listen(flag string) (net.Listener, error) {
	listener, err := net.Listen("tcp", string(a))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s already: stop it, or choose another port with %s", a, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; choose another address with %s: %w", a, flag, err)
	}
	return listener, nil
}

// reachable returns the address as a client writes it: every interface is one to listen on,
// but none to connect to.
func (a address) reachable() string {
	host, port, _ := net.SplitHostPort(string(a)) // Validate has seen it
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// size is a number of bytes, written as 5MiB, 500kB or 1024.
type size int64

func (s *size) UnmarshalText(text []byte) error {
	bytes, err := humanize.ParseBytes(string(text))
	if err != nil || bytes < 1<<10 || bytes > 1<<30 { // 5 is 5 bytes, and more likely meant as 5MiB
		return errors.New("write a size from 1KiB to 1GiB with its unit, as in 5MiB")
	}
	*s = size(bytes)
	return nil
}

func (s size) String() string {
	for _, unit := range []struct {
		bytes size
		name  string
	}{{1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if s%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s/unit.bytes), unit.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// period is a time that is not zero or less.
type period time.Duration

func (p *period) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return errors.New("write a time, as in 10s or 2m")
	}
	*p = period(d)
	return nil
}

func (p period) String() string { return time.Duration(p).String() }

// delay is a time that may be zero.
type delay time.Duration

// UnmarshalText reads a duration of Go's.
func (p *delay) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return errors.New("write a time, as in 15s, or 0s for none")
	}
	*p = delay(d)
	return nil
}

func (p delay) String() string { return time.Duration(p).String() }

// portion is a part of a whole: above 0, up to 1.
type portion float64

func (p portion) Validate() error {
	if !(p > 0 && p <= 1) {
		return errors.New("write a number above 0 and up to 1, as in 0.1")
	}
	return nil
}

// lifetime is how long a token is good for; zero is for ever.
type lifetime time.Duration

const day = 24 * time.Hour

func (l *lifetime) UnmarshalText(text []byte) error {
	if string(text) == "never" {
		*l = 0
		return nil
	}
	d, err := parseDays(string(text))
	if err != nil || d <= 0 {
		return errors.New("write 90d, 12h or never")
	}
	*l = lifetime(d)
	return nil
}

// parseDays reads what time.ParseDuration does, and whole days, as in 90d.
func parseDays(text string) (time.Duration, error) {
	if days, found := strings.CutSuffix(text, "d"); found {
		n, err := strconv.ParseUint(days, 10, 15) // 89 years: no overflow
		return time.Duration(n) * day, err
	}
	return time.ParseDuration(text)
}
