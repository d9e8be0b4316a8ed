// Families of metrics on their way to text. The one place through which every label value goes: one that is not valid
// UTF-8, or a help text of two lines, would make Prometheus refuse the whole scrape.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace garner {

class MetricsPage {
public:
    using Labels = std::vector<std::pair<std::string, std::string>>;

    /// Declares a family; its series follow under its name. A family without series is not shown.
    void gauge(const std::string& name, const std::string& help);
    void counter(const std::string& name, const std::string& help);
    void histogram(const std::string& name, const std::string& help);

    /// One series. A second one with the same labels is dropped: it too would break the scrape.
    void set(const std::string& name, const Labels&, double value);
    /// `counts`: per bucket, not cumulative, one more than `bounds`.
    void set_histogram(const std::string& name, const Labels&, std::span<const double> bounds,
                       std::span<const std::uint64_t> counts, double sum);

    /// Text exposition format 0.0.4, families by name, series by labels.
    std::string text() const;

private:
    void declare(const std::string& name, const std::string& help, prometheus::MetricType);
    prometheus::ClientMetric* add(const std::string& name, const Labels&);

    std::map<std::string, prometheus::MetricFamily> families_;
    std::set<std::pair<std::string, std::vector<std::string>>> seen_;
};

}  // namespace garner
