package store_test

import (
	"slices"
	"testing"
	"time"

	"attributed/store"
	"attributed/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func TestImportTakesNamesThatLookTheSameForTheSame(t *testing.T) {
	const composed, decomposed = "\u00e9", "e\u0301"
	for name, forms := range map[string][2]string{
		"stored composed": {composed, decomposed}, "stored decomposed": {decomposed, composed},
		"stored in a mixed form": {composed + decomposed, decomposed + composed}, "stored in a mixed form, sent in NFC": {composed + decomposed, composed + composed},
		"two marks in no order": {"e\u0302\u0323", "\u1ec7"}, "the half of a syllable": {"\uac00\u11a8", "\uac01"},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				imported(t, s, "Ours", person("x@example.com", in("x", "y")))
				storetest.Exec(t, s, `UPDATE emails SET email = ?`, forms[0]+"@example.com") // as another program stored them
				storetest.Exec(t, s, `UPDATE groups SET name = ? WHERE name = 'x'`, forms[0])
				before := everything(t, s)
				changes, err := s.ImportDirectory(t.Context(), "Ours", []store.Person{person(forms[1]+"@example.com", in("y", forms[1]))}, store.ImportOptions{DeactivateMissing: true})
				if err != nil || len(changes) > 0 {
					t.Errorf("%v, %v", told(changes), err)
				}
				if diff := cmp.Diff(before, everything(t, s)); diff != "" {
					t.Errorf("-before +after:\n%s", diff)
				}
				changes, err = s.ImportDirectory(t.Context(), "Ours", []store.Person{person("new@example.com", in(forms[0], forms[1]))}, store.ImportOptions{})
				if err != nil || changes.Count(store.Add, store.GroupSubject) != 0 || changes.Count(store.Add, store.GroupMembershipSubject) != 1 {
					t.Errorf("another person: %v, %v", told(changes), err)
				}
			})
		})
	}
}

// Two users whom other programs gave e-mails that look the same: the one in NFC is meant.
func TestImportPrefersTheEMailInNFC(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("x@example.com"), person("y@example.com"))
		storetest.Exec(t, s, `UPDATE emails SET email = ? WHERE email = 'x@example.com'`, "e\u0301@example.com")
		storetest.Exec(t, s, `UPDATE emails SET email = ? WHERE email = 'y@example.com'`, "\u00e9@Example.com")
		if _, err := s.ImportDirectory(t.Context(), "Ours", []store.Person{person("e\u0301@example.com", named("New", ""))}, store.ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		got := storetest.Query[string](t, s, `SELECT email FROM emails JOIN users ON users.user_id = emails.user_id WHERE first_name = 'New'`)
		if diff := cmp.Diff([]string{"\u00e9@Example.com"}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestCreateTokenForAnEMailInAnyForm(t *testing.T) {
	forms := []string{"\u00e9\u00e9@example.com", "e\u0301e\u0301@example.com", "\u00e9e\u0301@example.com", "e\u0301\u00e9@EXAMPLE.com"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		imported(t, s, "Ours", person("x@example.com"))
		for _, stored := range forms {
			storetest.Exec(t, s, `UPDATE emails SET email = ?`, stored)
			for _, given := range forms {
				if _, err := s.CreateToken(t.Context(), given, "", time.Time{}); err != nil {
					t.Errorf("stored as %+q, given as %+q: %v", stored, given, err)
				}
			}
		}
	})
}

// Each is one picture that people see and write: Unicode's emoji-zwj-sequences.txt and
// emoji-variation-sequences.txt have many like it.
func TestGroupsNamedWithEmoji(t *testing.T) {
	names := []string{
		"👩\u200d💻", "👩🏽\u200d💻 Developers", "👨\u200d👩\u200d👧\u200d👦", "👁\ufe0f\u200d🗨\ufe0f", "❤\ufe0f\u200d🔥", "🏳\ufe0f\u200d🌈", "🕵🏽\u200d♂\ufe0f",
		"🐈\u200d⬛", "🙂\u200d↔\ufe0f", "⛓\ufe0f\u200d💥", "☀\ufe0f Sun", "❤\ufe0f❤\ufe0f", "🇩🇪", "👍🏿", "🎉",
	}
	slices.Sort(names)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		people := []store.Person{person("ada@example.com", in(names...))}
		imported(t, s, "Ours", people...)
		if diff := cmp.Diff(people, exported(t, s, "Ours")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if changes, err := s.ImportDirectory(t.Context(), "Ours", people, store.ImportOptions{}); err != nil || len(changes) > 0 {
			t.Errorf("again: %v, %v", told(changes), err)
		}
	})
}
