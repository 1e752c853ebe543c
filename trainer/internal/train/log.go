package train

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/renameio/v2"
)

// Record is a row of a run's log.
type Record struct {
	Step            int      // steps done, 1 after the first
	Elapsed         Duration // time spent in training
	Loss            float64  // before this step's update
	Rate            float64  // learning rate
	ImagesPerSecond float64
	Active          float64 // share of triplets or pairs with a gradient
	EffectiveRank   float64 // of the batch; falls towards 1 when the space collapses
	MeanNorm        float64
	MeanPositive    float64 // mean distance between views of one place
	MeanNegative    float64 // mean distance between views of different places
}

func recordHeader() []string {
	return []string{"step", "seconds", "loss", "rate", "images_per_second", "active", "effective_rank", "mean_norm", "mean_positive", "mean_negative"}
}

func (r Record) row() []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
	return []string{
		strconv.Itoa(r.Step), number(time.Duration(r.Elapsed).Seconds()), number(r.Loss), number(r.Rate), number(r.ImagesPerSecond),
		number(r.Active), number(r.EffectiveRank), number(r.MeanNorm), number(r.MeanPositive), number(r.MeanNegative),
	}
}

// log appends a row. The first call drops the rows of steps that a resumed run repeats.
func (r *Run) log(record Record) error {
	if r.out == nil {
		if err := r.startLog(record.Step); err != nil {
			return fmt.Errorf("starting the log: %w", err)
		}
	}
	w := csv.NewWriter(r.out)
	_ = w.Write(record.row()) // reported by Error
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("writing the log: %w", err)
	}
	return nil
}

// startLog opens the log with the rows of the steps before step.
func (r *Run) startLog(step int) error {
	path := filepath.Join(r.dir, logFile)
	rows := [][]string{recordHeader()}
	switch data, err := os.ReadFile(path); {
	case err == nil:
		rows = append(rows, rowsBefore(data, step)...)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	var kept bytes.Buffer
	if err := csv.NewWriter(&kept).WriteAll(rows); err != nil {
		return err
	}
	if err := renameio.WriteFile(path, kept.Bytes(), 0o644); err != nil {
		return err
	}
	var err error
	r.out, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	return err
}

// Records returns the rows of the log.
func (r *Run) Records() ([]Record, error) {
	data, err := os.ReadFile(filepath.Join(r.dir, logFile))
	if err != nil {
		return nil, fmt.Errorf("reading the log: %w", err)
	}
	var records []Record
	for _, row := range rowsBefore(data, math.MaxInt) {
		record, err := parseRecord(row)
		if err != nil {
			return nil, fmt.Errorf("reading the log: %w", err)
		}
		records = append(records, record)
	}
	return records, nil
}

// parseRecord is the inverse of Record.row.
func parseRecord(row []string) (Record, error) {
	var r Record
	var seconds float64
	var err error
	if r.Step, err = strconv.Atoi(row[0]); err != nil {
		return r, err
	}
	numbers := []*float64{&seconds, &r.Loss, &r.Rate, &r.ImagesPerSecond, &r.Active, &r.EffectiveRank, &r.MeanNorm, &r.MeanPositive, &r.MeanNegative}
	for i, n := range numbers {
		if *n, err = strconv.ParseFloat(row[1+i], 64); err != nil {
			return r, err
		}
	}
	r.Elapsed = Duration(seconds * float64(time.Second))
	return r, nil
}

// rowsBefore returns the complete rows of a log with steps below step. A row cut off by a crash ends the log.
func rowsBefore(data []byte, step int) [][]string {
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = len(recordHeader())
	var rows [][]string
	for first := true; ; first = false {
		row, err := reader.Read()
		if err != nil {
			return rows
		}
		if first {
			continue
		}
		if n, err := strconv.Atoi(row[0]); err != nil || n >= step {
			return rows
		}
		rows = append(rows, row)
	}
}
