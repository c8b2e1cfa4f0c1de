package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"attributed/cmd/commandline"
	"attributed/store"
)

type directoryCommand struct {
	Import directoryImportCommand `cmd:"" help:"Bring people, their roles and their groups in from a CSV file."`
	Export directoryExportCommand `cmd:"" help:"Print people, their roles and their groups as CSV, to be imported again."`
}

// organizationFlag is for every command that is about one organization.
type organizationFlag struct {
	Organization string `placeholder:"NAME|UUID" help:"Which organization is meant; may be left out if the database has one organization."`
}

// find returns the organization that is meant, without a uuid if it does not exist yet.
func (f organizationFlag) find(ctx context.Context, st *store.Store) (store.NamedOrganization, error) {
	if f.Organization != "" {
		return st.FindOrganization(ctx, f.Organization)
	}
	all, err := st.Organizations(ctx)
	if err != nil {
		return store.NamedOrganization{}, err
	}
	switch len(all) {
	case 0:
		return store.NamedOrganization{}, commandline.UsageError{Err: errors.New("the database has no organization yet: name it with --organization NAME")}
	case 1:
		return all[0], nil
	}
	var list strings.Builder
	for i, one := range all {
		if i == organizationsTold {
			fmt.Fprintf(&list, ", and %d more", len(all)-i)
			break
		}
		fmt.Fprintf(&list, ", %q (%s)", one.Name, one.UUID)
	}
	return store.NamedOrganization{}, commandline.UsageError{Err: fmt.Errorf("the database has %d organizations: say which is meant with --organization NAME or --organization UUID; there are %s",
		len(all), strings.TrimPrefix(list.String(), ", "))}
}

// organizationsTold is how many an error lists, so that it can be read.
const organizationsTold = 50

type directoryImportCommand struct {
	databaseFlag
	organizationFlag
	File              string `arg:"" placeholder:"FILE.csv" help:"The file, in UTF-8; - is standard input."`
	DryRun            bool   `help:"Print each change that would be made, and make none."`
	DeactivateMissing bool   `help:"Deactivate the members who are not in the file: their tokens stop working."`
	Force             bool   `help:"Import even if this takes away the organization's last active admin."`
}

// Help returns what --help prints beside the flags.
func (c *directoryImportCommand) Help() string {
	return `The file's first line is

  ` + directoryHeader + `

and each line after it says all about one person, as in

  ada@example.com,Ada,Lovelace,editor,true,Europe;Board

A person is found by e-mail, in any case, and added if new. Role is one of admin, developer, editor,
interactive_viewer, viewer, member. Active is true or false; the tokens of an inactive person do not work.
Groups are separated by semicolons; new ones are made, and the person leaves those that are not listed.

--organization takes a name, in its exact case, or a uuid, which tells apart two of the same name. An organization
of a new name is made, too.

All is imported or, if a line is wrong, nothing. Importing a file twice changes nothing the second time.
An import that would take the last active admin away is refused without --force: nobody could change an attribute.`
}

func (c *directoryImportCommand) Run(ctx context.Context, std commandline.Streams) error {
	if err := c.Database.exists(); err != nil {
		return err
	}
	file, err := c.read()
	if err != nil {
		return err
	}
	return c.withStore(ctx, std, func(st *store.Store) error {
		if err := st.CheckMigrated(ctx); err != nil {
			return err
		}
		organization, err := c.find(ctx, st)
		if err != nil {
			return err
		}
		noAdmin, hadAdmin := false, false
		bar := progressOn(std.Log, "importing")
		changes, err := st.ImportDirectory(ctx, cmp.Or(organization.UUID, organization.Name), file.people, store.ImportOptions{
			DryRun:            c.DryRun || file.faults != nil, // then only to find all that is wrong
			DeactivateMissing: c.DeactivateMissing,
			KeepAdmin:         !c.Force,
			Progress:          bar.show,
			NoAdmin:           func(had bool) { noAdmin, hadAdmin = true, had },
		})
		bar.clear()
		if invalid, ok := errors.AsType[*store.Error](err); ok {
			file.add(invalid.Problems)
		}
		if len(file.faults) > 0 {
			return file.refuse(std.Log)
		}
		refused := fmt.Errorf("no active admin would be left in %q, and nobody could change an attribute: an import is refused without --force", organization.Name)
		if errors.Is(err, store.ErrNoAdminLeft) {
			return refused
		}
		if err != nil {
			return err
		}
		if err := c.tell(std, organization.Name, changes); err != nil || !noAdmin {
			return err
		}
		if c.DryRun && hadAdmin && !c.Force {
			return refused
		}
		fmt.Fprintf(std.Log, "Warning: %q has no active admin after this: nobody can change an attribute of it.\n", organization.Name)
		return nil
	})
}

func (c *directoryImportCommand) read() (directoryFile, error) {
	if c.File == "-" {
		return readDirectory(os.Stdin, "standard input")
	}
	file, err := os.Open(c.File)
	if err != nil {
		return directoryFile{}, fmt.Errorf("the file cannot be read: %w", err)
	}
	defer file.Close()
	return readDirectory(file, c.File)
}

// tell prints the changes of a dry run, each on a line, and sums them up in any case.
func (c *directoryImportCommand) tell(std commandline.Streams, organization string, changes store.Changes) error {
	if c.DryRun {
		for _, change := range changes {
			text := fmt.Sprintf("%s %s %q", change.Verb, change.Subject, change.Name)
			if change.Detail != "" {
				text += ": " + change.Detail
			}
			if _, err := fmt.Fprintln(std.Out, text); err != nil {
				return err
			}
		}
	}
	switch {
	case len(changes) == 0:
		fmt.Fprintf(std.Log, "Nothing changes in %q.\n", organization)
		return nil
	case c.DryRun:
		fmt.Fprintf(std.Log, "Nothing was written. An import would change in %q:\n", organization)
	default:
		fmt.Fprintf(std.Log, "Changed in %q:\n", organization)
	}
	return sumUp(std.Log, changes)
}

func sumUp(w io.Writer, changes store.Changes) error {
	verbs := []store.Verb{store.Add, store.Update, store.Deactivate, store.Remove}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tADDED\tUPDATED\tDEACTIVATED\tREMOVED")
	for _, subject := range []store.Subject{
		store.OrganizationSubject, store.UserSubject, store.MembershipSubject, store.GroupSubject, store.GroupMembershipSubject,
	} {
		fmt.Fprintf(table, "%ss", subject)
		for _, verb := range verbs {
			fmt.Fprintf(table, "\t%d", changes.Count(verb, subject))
		}
		fmt.Fprintln(table)
	}
	return table.Flush()
}

type directoryExportCommand struct {
	databaseFlag
	organizationFlag
	EscapeFormulas bool `help:"Put an apostrophe before each value that a spreadsheet would take for a formula."`
}

// Help returns what --help prints beside the flags.
func (c *directoryExportCommand) Help() string {
	return `A member whom an import could not recreate, such as one without an e-mail, is left out and named on standard error;
then the exit status is 3.

A spreadsheet takes a value that starts with =, +, - or @ for a formula, and runs it when the file is opened: names are
what people call themselves. In a spreadsheet, open only a file that was made with --escape-formulas, and do not import that
one again, since the apostrophes would become part of the names.`
}

// errLeftOut is returned where the result is right but incomplete: the exit status is 3.
var errLeftOut = errors.New("left out")

func (c *directoryExportCommand) Run(ctx context.Context, std commandline.Streams) error {
	return c.withReadableStore(ctx, std, func(st *store.Store) error {
		organization, err := c.find(ctx, st)
		if err != nil {
			return err
		}
		people, problems, err := st.ExportDirectory(ctx, cmp.Or(organization.UUID, organization.Name))
		if err != nil {
			return err
		}
		if c.EscapeFormulas {
			escapeFormulas(people)
		}
		if err := writeDirectory(std.Out, people); err != nil || len(problems) == 0 {
			return err
		}
		for _, problem := range problems {
			fmt.Fprintf(std.Log, "%q: %s\n", problem.Who, problem.Reason)
		}
		return fmt.Errorf("these members were %w, since they could not be imported again; the others were exported", errLeftOut)
	})
}
