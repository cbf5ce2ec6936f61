// SPDX-License-Identifier: MIT
// Measures contestants in turns, in shuffled rounds; ratios compare samples of the same round.

//go:build linux

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// Row is one comparison in one unit. A lower value is better in all of them.
type Row struct {
	Group       string       `json:"group"`
	Name        string       `json:"name"`
	User        string       `json:"user,omitempty"`
	Bytes       int64        `json:"bytes,omitempty"` // of the program
	Unit        string       `json:"unit"`
	Rounds      int          `json:"rounds,omitempty"`
	Results     []Result     `json:"results,omitempty"`
	Ratios      []Ratio      `json:"ratios,omitempty"`
	Differences []Difference `json:"differences,omitempty"`
	Skipped     string       `json:"skipped,omitempty"` // why there are no results
}

// Result is the result of one contestant.
type Result struct {
	Name    string  `json:"name"`
	Samples int     `json:"samples,omitempty"`
	Median  float64 `json:"median"`
	P10     float64 `json:"p10"`
	P90     float64 `json:"p90"`
	P95     float64 `json:"p95"`
	P99     float64 `json:"p99"`
	Max     float64 `json:"max"`
	Huge    int64   `json:"huge_bytes,omitempty"` // of a clone, from its report
	Skipped string  `json:"skipped,omitempty"`
}

// Ratio compares two contestants in the same round.
type Ratio struct {
	Of     string  `json:"of"`
	To     string  `json:"to"`
	Median float64 `json:"median"`
	P10    float64 `json:"p10"`
	P90    float64 `json:"p90"`
}

// Difference is what a contestant needs more than others in the same round.
type Difference struct {
	Of     string   `json:"of"`
	Beside []string `json:"beside"`
	Median float64  `json:"median"`
	P10    float64  `json:"p10"`
	P90    float64  `json:"p90"`
}

// contestant returns samples for each row of a plan.
type contestant struct {
	name    string
	sample  func() ([][]float64, error)
	huge    int64
	skipped string
}

// skipped returns a contestant that cannot take part here.
func skipped(name string, reason any) contestant {
	return contestant{name: name, skipped: fmt.Sprint(reason)}
}

// pair is a ratio to compute.
type pair struct{ of, to string }

type plan struct {
	rows        []Row
	contestants []contestant
	pairs       []pair
	beside      *Difference // the difference to compute
	least, most int         // number of rounds
	budget      time.Duration
	isCold      bool // without a first round that is not counted
}

// round has the samples of one row by contestant.
type round map[string][]float64

// timed returns a sample function that measures the time of one call.
func timed(do func() error) func() ([][]float64, error) {
	return func() ([][]float64, error) {
		begin := time.Now()
		err := do()
		return one(milliseconds(time.Since(begin))), err
	}
}

// timing returns a sample function for a call that measures its own time.
func timing(do func() (float64, error)) func() ([][]float64, error) {
	return func() ([][]float64, error) {
		took, err := do()
		return one(took), err
	}
}

func one(value float64) [][]float64 { return [][]float64{{value}} }

func milliseconds(time time.Duration) float64 { return float64(time.Nanoseconds()) / 1e6 }

// measure plays as many rounds as the time allows.
func (p plan) measure() []Row {
	if !p.isCold {
		p.warmUp()
	}
	rounds := make([][]round, len(p.rows))
	end := time.Now().Add(p.budget)
	for i := 0; i < p.most && (i < p.least || time.Now().Before(end)); i++ {
		for row, samples := range p.play(i) {
			rounds[row] = append(rounds[row], samples)
		}
	}
	for i := range p.rows {
		p.rows[i].summarise(p, rounds[i])
	}
	return p.rows
}

// warmUp finds the contestants that cannot take part.
func (p plan) warmUp() {
	for i := range p.contestants {
		c := &p.contestants[i]
		if c.skipped != "" {
			continue
		}
		if _, err := c.sample(); err != nil {
			c.skipped = err.Error()
		}
	}
}

// play plays one round. A contestant that fails does not take part in later rounds. The order is
// shuffled, because an earlier contestant leaves the caches warm or cold; it is the same in each
// run.
func (p plan) play(number int) []round {
	played := make([]round, len(p.rows))
	for i := range played {
		played[i] = round{}
	}
	for _, i := range rand.New(rand.NewPCG(uint64(number), 0)).Perm(len(p.contestants)) {
		c := &p.contestants[i]
		if c.skipped != "" {
			continue
		}
		series, err := c.sample()
		if err != nil {
			c.skipped = err.Error()
			continue
		}
		for row, samples := range series {
			played[row][c.name] = samples
		}
	}
	return played
}

func (r *Row) summarise(p plan, rounds []round) {
	r.Rounds = len(rounds)
	for _, c := range p.contestants {
		r.Results = append(r.Results, summary(c, rounds))
	}
	for _, wanted := range p.pairs {
		if values := paired(rounds, wanted.of, []string{wanted.to}, divided); values != nil {
			r.Ratios = append(r.Ratios, Ratio{Of: wanted.of, To: wanted.to, Median: quantile(values, 0.5), P10: quantile(values, 0.1),
				P90: quantile(values, 0.9)})
		}
	}
	if p.beside == nil {
		return
	}
	if values := paired(rounds, p.beside.Of, p.beside.Beside, less); values != nil {
		d := *p.beside
		d.Median, d.P10, d.P90 = quantile(values, 0.5), quantile(values, 0.1), quantile(values, 0.9)
		r.Differences = append(r.Differences, d)
	}
}

func summary(c contestant, rounds []round) Result {
	var all []float64
	for _, samples := range rounds {
		all = append(all, samples[c.name]...)
	}
	if len(all) == 0 || c.skipped != "" {
		return Result{Name: c.name, Skipped: c.skipped}
	}
	sort.Float64s(all)
	return Result{Name: c.name, Samples: len(all), Median: quantile(all, 0.5), P10: quantile(all, 0.1), P90: quantile(all, 0.9),
		P95: quantile(all, 0.95), P99: quantile(all, 0.99), Max: rounded(all[len(all)-1]), Huge: c.huge}
}

func divided(value, by float64) float64 { return value / by }

func less(value, by float64) float64 { return value - by }

// paired combines the medians of a contestant with those of others, round by round. It returns nil
// if one of them has no samples or only zeros.
func paired(rounds []round, of string, others []string, combine func(float64, float64) float64) []float64 {
	var values []float64
	for _, samples := range rounds {
		value, ok := medianOf(samples[of])
		for _, other := range others {
			by, isThere := medianOf(samples[other])
			value, ok = combine(value, by), ok && isThere
		}
		if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
			return nil
		}
		values = append(values, value)
	}
	sort.Float64s(values)
	return values
}

func medianOf(samples []float64) (float64, bool) {
	if len(samples) == 0 {
		return 0, false
	}
	sorted := append([]float64(nil), samples...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2], true
}

// quantile requires sorted values.
func quantile(values []float64, part float64) float64 {
	return rounded(values[min(int(float64(len(values))*part), len(values)-1)])
}

// rounded keeps four digits, because further ones would be noise.
func rounded(value float64) float64 {
	if value == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(value))))
	return math.Round(value*scale) / scale
}
