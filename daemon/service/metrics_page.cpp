#include "service/metrics_page.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t label_bytes_max = 400;

}  // namespace

void MetricsPage::declare(const std::string& name, const std::string& help, prometheus::MetricType type) {
    prometheus::MetricFamily& family = families_[name];
    family.name = name;
    family.help = printable(help, 1000);
    family.type = type;
}

void MetricsPage::gauge(const std::string& name, const std::string& help) {
    declare(name, help, prometheus::MetricType::Gauge);
}

void MetricsPage::counter(const std::string& name, const std::string& help) {
    declare(name, help, prometheus::MetricType::Counter);
}

void MetricsPage::histogram(const std::string& name, const std::string& help) {
    declare(name, help, prometheus::MetricType::Histogram);
}

prometheus::ClientMetric* MetricsPage::add(const std::string& name, const Labels& labels) {
    const auto family = families_.find(name);
    if (family == families_.end()) throw std::logic_error("metric was not declared: " + name);
    prometheus::ClientMetric metric;
    std::vector<std::string> values;
    for (const auto& [label, value] : labels) {
        values.push_back(printable(value, label_bytes_max));
        metric.label.push_back({label, values.back()});
    }
    if (!seen_.emplace(name, values).second) return nullptr;
    family->second.metric.push_back(std::move(metric));
    return &family->second.metric.back();
}

void MetricsPage::set(const std::string& name, const Labels& labels, double value) {
    prometheus::ClientMetric* metric = add(name, labels);
    if (metric == nullptr) return;
    metric->gauge.value = value;
    metric->counter.value = value;
}

void MetricsPage::set_histogram(const std::string& name, const Labels& labels, std::span<const double> bounds,
                                std::span<const std::uint64_t> counts, double sum) {
    prometheus::ClientMetric* metric = add(name, labels);
    if (metric == nullptr) return;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        total += i < counts.size() ? counts[i] : 0;
        metric->histogram.bucket.push_back({total, bounds[i]});
    }
    if (counts.size() > bounds.size()) total += counts[bounds.size()];
    metric->histogram.sample_count = total;
    metric->histogram.sample_sum = sum;
}

std::string MetricsPage::text() const {
    std::vector<prometheus::MetricFamily> sorted;
    for (const auto& [name, family] : families_) {
        if (family.metric.empty()) continue;
        sorted.push_back(family);
        std::sort(
            sorted.back().metric.begin(), sorted.back().metric.end(),
            [](const prometheus::ClientMetric& a, const prometheus::ClientMetric& b) { return a.label < b.label; });
    }
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, sorted);
    return std::move(out).str();
}

}  // namespace garner
