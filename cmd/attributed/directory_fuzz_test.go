package main

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"attributed/store"
	"attributed/store/storetest"
)

// FuzzDirectory: a file that is right is written again as it was read. What is imported of it
// changes nothing the second time, nor when it was exported between.
func FuzzDirectory(f *testing.F) {
	s := storetest.Open(f, storetest.SQLiteURL(f)+"?synchronous=normal")
	if err := s.MigrateUp(f.Context()); err != nil {
		f.Fatal(err)
	}
	const line = directoryHeader + "\nada@example.com,Ada,Lovelace,editor,true,Europe;Board\n"
	for _, file := range []string{
		"", directoryHeader, "\uFEFF" + line, line + "bob@example.com,Bob,Hope,viewer,FALSE,\n", line + line, line + `"x"y,,,,,` + "\n", line + "\"a\r\nb@c\",\"\"\"\",,admin,true,;\n",
		directoryHeader + "\nÉ@example.com,=1+1,\x00,admin,true,\u202eA;e\u0301\n", directoryHeader + "\n\xff@x,,,member,true,👩‍💻;👩‍💻\n", directoryHeader + "\na@b,c\n",
	} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		read, err := readDirectory(bytes.NewReader(file), "fuzzed")
		if err != nil {
			t.Fatal(err)
		}
		if len(read.faults) > 0 {
			return
		}
		var written bytes.Buffer
		if err := writeDirectory(&written, read.people); err != nil {
			t.Fatal(err)
		}
		again, err := readDirectory(&written, "written")
		if err != nil || len(again.faults) > 0 || !cmp.Equal(again.people, read.people, cmpopts.EquateEmpty()) {
			t.Fatalf("%v, %v: %s", err, again.faults, cmp.Diff(read.people, again.people))
		}
		defer storetest.Exec(t, s, `DELETE FROM organizations`)
		defer storetest.Exec(t, s, `DELETE FROM users`)
		if !imported(t, s, read.people) {
			return
		}
		exported, _, err := s.ExportDirectory(t.Context(), "Fuzzed")
		if err != nil {
			t.Fatal(err)
		}
		for _, people := range [][]store.Person{read.people, exported} {
			changes, err := s.ImportDirectory(t.Context(), "Fuzzed", people, store.ImportOptions{DryRun: true, DeactivateMissing: true})
			if err != nil || len(changes) > 0 {
				t.Errorf("imported again: %v, %v", err, changes)
			}
		}
	})
}

// imported reports whether the people were imported; whom it refuses, the store names.
func imported(t *testing.T, s *store.Store, people []store.Person) bool {
	t.Helper()
	_, err := s.ImportDirectory(t.Context(), "Fuzzed", people, store.ImportOptions{})
	refused, ok := errors.AsType[*store.Error](err)
	if err != nil && (!ok || refused.Kind != store.Invalid || len(refused.Problems) == 0 && len(people) > 0) {
		t.Errorf("%v (%v)", err, errors.Unwrap(err))
	}
	return err == nil
}
