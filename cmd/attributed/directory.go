package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"attributed/store"
)

type directoryCommand struct {
	Import directoryImportCommand `cmd:"" help:"Bring people, their roles and their groups in from a CSV file."`
	Export directoryExportCommand `cmd:"" help:"Print people, their roles and their groups as CSV, to be imported again."`
}

// organizationFlag is for every command that is about one organization.
type organizationFlag struct {
	Organization string `placeholder:"NAME" help:"Whose directory it is; may be left out if the database has one organization."`
}

// name gives the name of the organization that is meant.
func (f organizationFlag) name(ctx context.Context, st *store.Store) (string, error) {
	if f.Organization != "" {
		return f.Organization, nil
	}
	names, err := st.OrganizationNames(ctx)
	if err != nil {
		return "", err
	}
	switch len(names) {
	case 0:
		return "", usageError{errors.New("the database has no organization yet: name it with --organization NAME")}
	case 1:
		return names[0], nil
	}
	return "", usageError{fmt.Errorf("the database has %d organizations: say which is meant with --organization NAME", len(names))}
}

type directoryImportCommand struct {
	databaseFlag
	organizationFlag
	File              string `arg:"" placeholder:"FILE.csv" help:"The file, in UTF-8; - is standard input."`
	DryRun            bool   `help:"Print each change that would be made, and make none."`
	DeactivateMissing bool   `help:"Deactivate the members who are not in the file: their tokens are of no use then."`
}

// Help tells what --help says beside the flags.
func (c *directoryImportCommand) Help() string {
	return `The file's first line is

  ` + directoryHeader + `

and each line after it says all about one person, as in

  ada@example.com,Ada,Lovelace,editor,true,Europe;Board

A person is found by e-mail, in any case, and added if new. Role is one of admin, developer, editor,
interactive_viewer, viewer, member. Active is true or false; the tokens of an inactive person are of no use.
Groups are separated by semicolons; new ones are made, and the person leaves those that are not listed. An
organization that is not there yet is made too.

All is imported or, if a line is wrong, nothing. Importing a file twice changes nothing the second time.`
}

func (c *directoryImportCommand) Run(ctx context.Context, std streams) error {
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
		organization, err := c.name(ctx, st)
		if err != nil {
			return err
		}
		bar := progressOn(std.log, "importing")
		changes, err := st.ImportDirectory(ctx, organization, file.people, store.ImportOptions{
			DryRun:            c.DryRun || file.faults != nil, // then only to find all that is wrong
			DeactivateMissing: c.DeactivateMissing,
			Progress:          bar.show,
		})
		bar.clear()
		if invalid, ok := errors.AsType[*store.Error](err); ok {
			file.add(invalid.Problems)
		}
		if len(file.faults) > 0 {
			return file.refuse(std.log)
		}
		if err != nil {
			return err
		}
		return c.tell(std, organization, changes)
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
func (c *directoryImportCommand) tell(std streams, organization string, changes store.Changes) error {
	if c.DryRun {
		for _, change := range changes {
			text := fmt.Sprintf("%s %s %q", change.Verb, change.Subject, change.Name)
			if change.Detail != "" {
				text += ": " + change.Detail
			}
			if _, err := fmt.Fprintln(std.out, text); err != nil {
				return err
			}
		}
	}
	switch {
	case len(changes) == 0:
		fmt.Fprintf(std.log, "Nothing changes in %q.\n", organization)
		return nil
	case c.DryRun:
		fmt.Fprintf(std.log, "Nothing was written. An import would change in %q:\n", organization)
	default:
		fmt.Fprintf(std.log, "Changed in %q:\n", organization)
	}
	return sumUp(std.log, changes)
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
}

func (c *directoryExportCommand) Run(ctx context.Context, std streams) error {
	if err := c.Database.exists(); err != nil {
		return err
	}
	return c.withStore(ctx, std, func(st *store.Store) error {
		if err := st.CheckMigrated(ctx); err != nil {
			return err
		}
		organization, err := c.name(ctx, st)
		if err != nil {
			return err
		}
		people, err := st.ExportDirectory(ctx, organization)
		if refused, ok := errors.AsType[*store.Error](err); ok && len(refused.Problems) > 0 {
			for _, problem := range refused.Problems {
				fmt.Fprintf(std.log, "%q: %s\n", problem.Who, problem.Reason)
			}
			return errors.New("these members cannot be exported so that they could be imported again: nothing was exported")
		}
		if err != nil {
			return err
		}
		return writeDirectory(std.out, people)
	})
}
