package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"attributed/bench/program"
)

// importedAttributes share the values that are imported.
const importedAttributes = 10

// imported is one import of values from a CSV file, at attributed, and the same rows
// brought in by SQL.
type imported struct {
	Values, Round int
	Seconds       float64
	SQL           float64 // seconds
	Client        float64 // MB that the command held at most
	Resident      float64 // MB of the server, afterwards
}

// planned is a plan that has nothing to do.
type planned struct {
	Attributes, Values int // of each attribute
	Seconds            float64
	Client             float64 // MB that the command held at most
}

// asCode measures the commands for attributes as code.
func (b *bench) asCode(ctx context.Context) (err error) {
	p, err := b.start(ctx, attributed, b.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	for round := range b.plan.importRounds {
		one := imported{Values: b.plan.imported, Round: round}
		if err := b.imported(ctx, p, &one); err != nil {
			return err
		}
		b.results.Imports = append(b.results.Imports, one)
	}
	return b.plans(ctx, p)
}

// imported brings the same values in by the command and by SQL, each into attributes without values.
func (b *bench) imported(ctx context.Context, p *program.Process, one *imported) (err error) {
	values, err := b.wantedValues(ctx, one.Values)
	if err != nil {
		return err
	}
	file := b.program("values.csv")
	if err := writeTable(file, values); err != nil {
		return err
	}
	if err := b.seed(ctx, importedAttributes, shape{}); err != nil {
		return err
	}
	var ran command
	if ran, err = b.command(ctx, p, "values", "import", "--yes", file); err != nil {
		return err
	}
	one.Seconds, one.Client = ran.seconds, ran.held
	if one.Resident, err = p.Resident(ctx); err != nil {
		return err
	}
	if err := b.counted(ctx, shape{one.Values / importedAttributes, 0}, importedAttributes); err != nil {
		return err
	}
	if err := b.seed(ctx, importedAttributes, shape{}); err != nil {
		return err
	}
	began := time.Now()
	if err := b.copyValues(ctx, values); err != nil {
		return err
	}
	one.SQL = time.Since(began).Seconds()
	return b.counted(ctx, shape{one.Values / importedAttributes, 0}, importedAttributes)
}

// wantedValues are rows of e-mail, attribute and value: as many for each attribute, of people of the directory.
func (b *bench) wantedValues(ctx context.Context, number int) ([][]any, error) {
	rows, err := b.rows.Query(ctx, `SELECT email FROM emails WHERE email LIKE 'person%' ORDER BY email_id LIMIT $1`, number/importedAttributes)
	if err != nil {
		return nil, err
	}
	emails, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	var values [][]any
	for i, email := range emails {
		for attribute := range importedAttributes {
			values = append(values, []any{email, "attribute " + strconv.Itoa(attribute+1), "value " + strconv.Itoa(i%100)})
		}
	}
	return values, nil
}

func writeTable(path string, values [][]any) error {
	var text bytes.Buffer
	lines := csv.NewWriter(&text)
	lines.Write([]string{"email", "attribute", "value"})
	for _, row := range values {
		lines.Write([]string{row[0].(string), row[1].(string), row[2].(string)})
	}
	lines.Flush()
	return os.WriteFile(path, text.Bytes(), 0o600)
}

// copyValues is what an import is held against: COPY into a temporary table, and one upsert.
func (b *bench) copyValues(ctx context.Context, values [][]any) error {
	return pgx.BeginFunc(ctx, b.rows, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE wanted (email text, attribute text, value text) ON COMMIT DROP`); err != nil {
			return err
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"wanted"}, []string{"email", "attribute", "value"}, pgx.CopyFromRows(values)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO organization_member_user_attributes (user_id, organization_id, user_attribute_uuid, "values")
			SELECT member.user_id, member.organization_id, user_attribute_uuid, ARRAY[value]
			FROM wanted
			JOIN emails ON lower(emails.email) = lower(wanted.email)
			JOIN organization_memberships AS member ON member.user_id = emails.user_id
			JOIN user_attributes ON name = attribute AND user_attributes.organization_id = member.organization_id
			ON CONFLICT (user_id, user_attribute_uuid) DO UPDATE SET "values" = excluded."values"`)
		return err
	})
}

// plans measures a plan of what the server has already.
func (b *bench) plans(ctx context.Context, p *program.Process) error {
	one := planned{Attributes: b.plan.planned, Values: 100}
	if err := b.seed(ctx, one.Attributes, shape{Users: one.Values}); err != nil {
		return err
	}
	exported, err := b.command(ctx, p, "export")
	if err != nil {
		return err
	}
	file := b.program("attributes.yaml")
	if err := os.WriteFile(file, exported.output, 0o600); err != nil {
		return err
	}
	for range b.plan.importRounds {
		ran, err := b.command(ctx, p, "plan", "--exit-code", "-f", file)
		if err != nil {
			return err // also where there is something to do
		}
		one.Seconds, one.Client = ran.seconds, ran.held
		b.results.Plans = append(b.results.Plans, one)
	}
	return nil
}

// command is what a command of attributed printed, how long it took, and the MB that it held at most.
type command struct {
	output        []byte
	seconds, held float64
}

// command runs one at a server.
func (b *bench) command(ctx context.Context, p *program.Process, args ...string) (command, error) {
	cmd := exec.CommandContext(ctx, b.program(attributed), args...)
	cmd.Env = append(os.Environ(), "ATTRIBUTED_URL="+p.Base, "ATTRIBUTED_TOKEN="+b.token)
	var log bytes.Buffer
	cmd.Stderr = &log
	began := time.Now()
	output, err := cmd.Output()
	if err != nil {
		return command{}, fmt.Errorf("attributed %s: %w\n%s", args[0], err, log.Bytes())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return command{output, time.Since(began).Seconds(), float64(usage.Maxrss) * 1024 / 1e6}, nil // Linux tells KiB
}

func (r *results) asCodeTargets() []target {
	return []target{
		{what: "import of 100000 values, of COPY and one upsert", unit: "×", limit: 3, values: each(r.Imports, func(i imported) float64 { return i.Seconds / i.SQL })},
		{what: "import of 100000 values, memory of the command", unit: "MB", limit: 200, values: each(r.Imports, func(i imported) float64 { return i.Client })},
		{what: "plan of 1000 attributes × 100 values, nothing to do", unit: "s", limit: 2, values: each(r.Plans, func(p planned) float64 { return p.Seconds })},
	}
}
