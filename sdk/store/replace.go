package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

var (
	// ErrOlder: the data is older than that of the installed file, or than the options demand.
	ErrOlder = errors.New("older data")
	// ErrRegion: the pack is of another region than the installed one, or than the options demand.
	ErrRegion = errors.New("another region")
)

// edition says what a file holds and how new it is.
type edition struct {
	region string    // the name of the region; empty for models
	date   time.Time // of the data; zero if it is unknown
	signed time.Time // when the signature was made; zero if it is unknown
}

// edition returns the edition of a file that has been described.
func (i *Item) edition() edition {
	e := edition{date: i.Date()}
	if i.Region != nil {
		e.region = i.Region.Name
	}
	if i.Signature != nil {
		e.signed = i.Signature.Time()
	}
	return e
}

// stated returns the edition that a trusted comment states.
func (s *Signature) stated() edition {
	return edition{region: s.field(fieldRegion), date: parseDate(s.field(fieldDate)), signed: s.Time()}
}

// older reports whether an edition is older than another: by the date of the data, or by the time of the signature if
// the dates are equal. What is unknown counts as oldest.
func (e edition) older(other edition) bool {
	if !e.date.Equal(other.date) {
		return e.date.Before(other.date)
	}
	return e.signed.Before(other.signed)
}

// checkDemands checks an edition against the options.
func (o *InstallOptions) checkDemands(e edition) error {
	if o.Region != "" && e.region != o.Region && undated(e.region) != o.Region {
		return fmt.Errorf("%w: the pack is of %q, want %q", ErrRegion, e.region, o.Region)
	}
	if !o.NotBefore.IsZero() && e.date.Before(o.NotBefore) {
		return fmt.Errorf("%w: of %s, want %s or later", ErrOlder, showDate(e.date), showDate(o.NotBefore))
	}
	return nil
}

// checkReplacement checks whether an edition may replace the installed one.
func (o *InstallOptions) checkReplacement(e, installed edition) error {
	// A region that the options name may replace any other.
	same := undated(e.region) == undated(installed.region)
	if o.Region == "" && !same {
		return fmt.Errorf("%w: the installed pack is of %q, this one of %q", ErrRegion, installed.region, e.region)
	}
	if !o.AllowOlder && same && e.older(installed) {
		return fmt.Errorf("%w: of %s, signed %s; the installed file is of %s, signed %s", ErrOlder,
			showDate(e.date), showDate(e.signed), showDate(installed.date), showDate(installed.signed))
	}
	return nil
}

func showDate(t time.Time) string {
	if t.IsZero() {
		return "unknown date"
	}
	return t.UTC().Format(time.RFC3339)
}

// undated returns the name of a region without the dates that extracts have at the end, as in bremen-2026-11,
// bremen-261130, bremen-latest or bremen-2026+hamburg-2026.
func undated(name string) string {
	parts := strings.Split(name, "+")
	for p, part := range parts {
		for i, c := range part {
			if (c == '-' || c == '_') && i > 0 && isDate(part[i+1:]) {
				parts[p] = part[:i]
				break
			}
		}
	}
	return strings.Join(parts, "+")
}

// isDate reports whether the text is a date as names of extracts have it.
func isDate(text string) bool {
	if text == "latest" {
		return true
	}
	for _, form := range []string{"2006", "2006-01", "200601", "2006-01-02", "20060102", "060102"} {
		if t, err := time.Parse(form, text); err == nil && t.Year() >= 1990 && t.Year() < 2100 {
			return true
		}
	}
	return false
}

// checkStatement checks that a trusted comment states what the file holds, and the name that the options demand.
func (o *InstallOptions) checkStatement(s *Signature, e edition) error {
	stated := s.stated()
	switch {
	case o.SignedName != "" && s.File() != o.SignedName:
		return fmt.Errorf("%w: it is for a file named %q, want %q", ErrSignature, s.File(), o.SignedName)
	case stated.region != "" && stated.region != e.region:
		return fmt.Errorf("%w: it is for the region %q, but the file is of %q", ErrSignature, stated.region, e.region)
	case !stated.date.IsZero() && !stated.date.Equal(e.date):
		return fmt.Errorf("%w: it is for data of %s, but the file is of %s", ErrSignature, showDate(stated.date), showDate(e.date))
	}
	return nil
}

// installed returns the installed file of that name and its file information. It returns nil for both if the file does
// not exist. It returns no item for a file that cannot be opened or whose signature is wrong: such a file does not
// restrict what may replace it.
func (s *Store) installed(ctx context.Context, name string) (*Item, fs.FileInfo, error) {
	info, err := os.Lstat(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	item, err := s.item(ctx, name)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if err != nil {
		return nil, info, nil
	}
	return &item, info, nil
}

// replaceAttempts is how often an installation starts anew because another one has replaced the old file meanwhile.
const replaceAttempts = 5

// replace calls do with the store's lock if an edition may replace the installed file, if any. It examines that file
// without the lock, and again if it has changed.
func (s *Store) replace(ctx context.Context, name string, e edition, opts *InstallOptions, do func() error) error {
	for range replaceAttempts {
		old, info, err := s.installed(ctx, name)
		if err != nil {
			return err
		}
		if old != nil {
			if err := opts.checkReplacement(e, old.edition()); err != nil {
				return err
			}
		}
		changed := false
		err = s.change(ctx, func() error {
			if changed = !s.unchanged(name, info); changed {
				return nil
			}
			return do()
		})
		if err != nil || !changed {
			return err
		}
	}
	return ErrBusy
}
