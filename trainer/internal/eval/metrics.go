package eval

import (
	"fmt"
	"slices"
	"strings"
)

// MetricName names one of the metrics that Run computes. It is also the key of the metric's result
// in JSON.
type MetricName string

// The metrics, in the order in which they are reported. Each has a file of its own.
const (
	SamePlaceMetric            MetricName = "same_place"
	HardTripletsMetric         MetricName = "hard_triplets"
	LinearProbesMetric         MetricName = "linear_probes"
	SmoothnessMetric           MetricName = "smoothness"
	ArithmeticMetric           MetricName = "arithmetic"
	JitterRobustnessMetric     MetricName = "jitter_robustness"
	SpaceHealthMetric          MetricName = "space_health"
	QuantisationFidelityMetric MetricName = "quantisation_fidelity"
)

// Title returns the metric's name in plain words.
func (m MetricName) Title() string {
	switch m {
	case SamePlaceMetric:
		return "Recall of the same place"
	case HardTripletsMetric:
		return "Accuracy on hard triplets"
	case LinearProbesMetric:
		return "Linear probes of withheld layers"
	case SmoothnessMetric:
		return "Smoothness of the space"
	case ArithmeticMetric:
		return "Vector arithmetic"
	case JitterRobustnessMetric:
		return "Robustness to position jitter"
	case SpaceHealthMetric:
		return "Health of the space"
	case QuantisationFidelityMetric:
		return "Fidelity of int8 to float32"
	}
	return string(m)
}

// Metrics is a set of metrics without duplicates.
type Metrics []MetricName

// AllMetrics returns every metric.
func AllMetrics() Metrics {
	return Metrics{
		SamePlaceMetric, HardTripletsMetric, LinearProbesMetric, SmoothnessMetric, ArithmeticMetric,
		JitterRobustnessMetric, SpaceHealthMetric, QuantisationFidelityMetric,
	}
}

// DefaultMetrics returns the metrics that Run computes by default. The others need as
// many rasters again.
func DefaultMetrics() Metrics {
	return Metrics{SamePlaceMetric, HardTripletsMetric, SpaceHealthMetric, QuantisationFidelityMetric}
}

// ParseMetrics reads comma-separated names, such as "same_place,hard_triplets".
func ParseMetrics(text string) (Metrics, error) {
	var out Metrics
	for _, field := range strings.Split(text, ",") {
		name := MetricName(strings.TrimSpace(field))
		if !AllMetrics().Has(name) {
			return nil, fmt.Errorf("no metric %q: the metrics are %v", name, AllMetrics())
		}
		if !out.Has(name) {
			out = append(out, name)
		}
	}
	return out, nil
}

// String returns the names separated by commas.
func (m Metrics) String() string {
	names := make([]string, len(m))
	for i, name := range m {
		names[i] = string(name)
	}
	return strings.Join(names, ",")
}

// Has reports whether the set contains a metric.
func (m Metrics) Has(name MetricName) bool { return slices.Contains(m, name) }

// needDescriptors reports whether one of the metrics reads the descriptors of the rasters.
func (m Metrics) needDescriptors() bool {
	return m.Has(HardTripletsMetric) || m.Has(LinearProbesMetric) || m.Has(SmoothnessMetric) || m.Has(ArithmeticMetric)
}
