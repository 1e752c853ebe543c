package geofile

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// trackReader collects the fixes of a track, and the errors of rows without one.
type trackReader struct {
	track Track
	rows  int // that should hold a fix
	void  int // rows in which the receiver says that it has no fix

	interrupted bool // before the next fix

	timeless      int // rows whose place is good and whose time is not used
	firstTimeless error
	firstUntimed  error // of a row whose place is good and that has no time, or one that is not used
}

// note adds a note.
func (t *trackReader) note(format string, args ...any) {
	t.track.Notes = append(t.track.Notes, fmt.Sprintf(format, args...))
}

// interrupt starts a segment.
func (t *trackReader) interrupt() { t.interrupted = true }

// add is an addFunc. A zero time means no time.
func (t *trackReader) add(row int, fix Fix, err error) error {
	t.rows++
	var unused *timeError
	if errors.As(err, &unused) {
		err = RowError{Row: row, Err: err}
		t.timeless++
		if t.firstTimeless == nil {
			t.firstTimeless = err
		}
		if t.firstUntimed == nil {
			t.firstUntimed = err
		}
		fix.Time, err = time.Time{}, nil
	}
	if err == nil {
		fix.Place, err = CheckFix(fix.Place)
	}
	if err != nil {
		t.leaveOut(1, RowError{Row: row, Err: err})
		return nil
	}
	if fix.Time.IsZero() && t.firstUntimed == nil {
		t.firstUntimed = RowError{Row: row, Err: errors.New("no time, as other rows have")}
	}
	if len(t.track.Fixes) == MaxFixes {
		return fmt.Errorf("more than %d fixes", MaxFixes)
	}
	fix.Break = t.interrupted && len(t.track.Fixes) > 0
	t.interrupted = false
	t.track.Fixes = append(t.track.Fixes, fix)
	return nil
}

// leaveOut counts rows that are left out, with the error of the first one.
func (t *trackReader) leaveOut(rows int, err error) {
	t.track.Bad += rows
	var first, now RowError
	if t.track.First == nil || errors.As(err, &now) && errors.As(t.track.First, &first) && now.Row < first.Row {
		t.track.First = err
	}
}

// finish returns the track.
func (t *trackReader) finish() (*Track, error) {
	fixes := t.track.Fixes
	if len(fixes) == 0 {
		return nil, t.errNoFix()
	}
	timed := 0
	for _, f := range fixes {
		if !f.Time.IsZero() {
			timed++
		}
	}
	t.track.Timed = 2*timed >= len(fixes)
	switch {
	case timed < len(fixes) && t.track.Timed:
		t.leaveOut(len(fixes)-timed, t.firstUntimed)
		t.track.Fixes = withTimes(fixes)
	case timed > 0 && !t.track.Timed:
		t.note("the times are not used: only %d of %d fixes have one", timed, len(fixes))
	}
	if t.timeless > 0 && !t.track.Timed {
		t.note("the times of %d rows are not used, the first: %v", t.timeless, t.firstTimeless)
	}
	if t.track.Timed {
		t.checkClock()
	}
	if !t.track.Timed {
		for i := range t.track.Fixes {
			t.track.Fixes[i].Time = time.Unix(int64(i), 0).UTC()
		}
	}
	return &t.track, nil
}

// errNoFix is the error of a track without a fix.
func (t *trackReader) errNoFix() error {
	switch {
	case t.void > 0 && t.track.Bad > 0:
		return fmt.Errorf("no fix in it: the receiver had none in %d rows, and %d are bad, the first: %w", t.void, t.track.Bad, t.track.First)
	case t.void > 0:
		return fmt.Errorf("no fix in it: the receiver had none in all of the %d rows", t.void)
	case t.track.Bad > 0:
		return fmt.Errorf("all %d rows are bad, the first: %w", t.track.Bad, t.track.First)
	}
	return errors.New("no fix in it")
}

// withTimes returns the fixes with a time. A break at a fix without one moves to the next.
func withTimes(fixes []Fix) []Fix {
	var kept []Fix
	interrupted := false
	for _, f := range fixes {
		interrupted = interrupted || f.Break
		if f.Time.IsZero() {
			continue
		}
		f.Break = interrupted && len(kept) > 0
		interrupted = false
		kept = append(kept, f)
	}
	return kept
}

// checkClock breaks the track where its clock goes back, reverses one that starts with the last fix, and drops times
// that are all the same.
func (t *trackReader) checkClock() {
	fixes := t.track.Fixes
	forth, back := 0, 0
	for i := 1; i < len(fixes); i++ {
		switch fixes[i].Time.Compare(fixes[i-1].Time) {
		case 1:
			forth++
		case -1:
			back++
		}
	}
	switch {
	case forth == 0 && back == 0 && len(fixes) > 1:
		t.track.Timed = false
		t.note("the times are not used: all are %s, rounded perhaps by a spreadsheet", fixes[0].Time.UTC().Format(time.RFC3339))
	case forth == 0 && back > 0:
		t.note("the file starts with the last fix: it is read from its end")
		reverse(fixes)
	case back > 0:
		t.breakBack()
	}
}

// reverse reverses fixes with the breaks between them.
func reverse(fixes []Fix) {
	for i := range len(fixes) - 1 {
		fixes[i].Break = fixes[i+1].Break
	}
	fixes[len(fixes)-1].Break = false
	slices.Reverse(fixes)
}

// breakBack breaks the track where its clock goes back within a segment.
func (t *trackReader) breakBack() {
	times := 0
	fixes := t.track.Fixes
	for i := 1; i < len(fixes); i++ {
		if fixes[i].Time.Before(fixes[i-1].Time) && !fixes[i].Break {
			fixes[i].Break = true
			times++
		}
	}
	if times > 0 {
		t.note("the clock goes back before %d of %d fixes: the track is broken there", times, len(fixes))
	}
}
