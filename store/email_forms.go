package store

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
)

// inStoredForm gives each of the emails the form in which a user has it, where that is the
// same text in NFC and small letters: other programs, and we ourselves once, stored what
// they were given. Of several it takes the one in NFC. An engine cannot look such forms up
// by an index, so all e-mails that are not of ASCII alone are read, where any of these is
// such a one.
func inStoredForm(tx *gorm.DB, emails []string) error {
	if !slices.ContainsFunc(emails, func(email string) bool { return len(email) != utf8.RuneCountInString(email) }) {
		return nil
	}
	var stored []string
	err := tx.Model(&emailRow{}).Where("octet_length(email) <> length(email)").Order("email_id").Pluck("email", &stored).Error
	if err != nil {
		return err
	}
	one := func(email string) string { return strings.ToLower(norm.NFC.String(email)) }
	forms := make(map[string]string, len(stored))
	for _, email := range stored {
		form := one(email)
		if _, taken := forms[form]; !taken || inOneCase(email) == form {
			forms[form] = email
		}
	}
	for i, email := range emails {
		if form, there := forms[one(email)]; there {
			emails[i] = form
		}
	}
	return nil
}
