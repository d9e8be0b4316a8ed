#include "service/health.hpp"

#include "core/text.hpp"

namespace garner {
namespace {

constexpr Duration tick_age_max{30'000};

}  // namespace

bool Health::scheduler_ticks() const {
    return last_tick_steady_ && clock_.steady_now() - *last_tick_steady_ <= tick_age_max;
}

std::string Health::why_not_ready() const {
    if (stopping_) return "stopping";
    if (!started_) return "starting: ledger and stores are being brought in accord";
    std::string why;
    const auto add = [&why](const std::string& reason) { why += (why.empty() ? "" : "\n") + reason; };
    if (!ledger_trouble_.empty()) add("the ledger cannot be written: " + ledger_trouble_);
    if (!scheduler_ticks()) add("the scheduler has not ticked for " + format_duration(tick_age_max));
    for (const auto& [store, trouble] : failing_stores_) add("store " + store + " cannot be used: " + trouble);
    return why;
}

void Health::ledger_proved(const Result<void>& proof) {
    if (!proof) {
        if (ledger_trouble_.empty()) next_.ledger_failing(proof.error());
        ledger_trouble_ = printable(proof.error().what);
    } else if (!ledger_trouble_.empty()) {
        ledger_trouble_.clear();
        next_.ledger_working();
    }
}

void Health::store_proved(const std::string& store, const Result<void>& proof) {
    if (proof) {
        failing_stores_.erase(store);
        return;
    }
    if (!failing_stores_.contains(store)) next_.store_failing(store, proof.error());
    failing_stores_[store] = printable(proof.error().what);
}

void Health::artifact_stored(const RunRecord& run, const ArtifactRecord& artifact) {
    failing_stores_.erase(artifact.store);
    next_.artifact_stored(run, artifact);
}

void Health::ledger_failing(const Failure& failure) {
    const bool news = ledger_trouble_.empty();
    ledger_trouble_ = printable(failure.what);
    if (news) next_.ledger_failing(failure);
}

void Health::ledger_working() {
    const bool news = !ledger_trouble_.empty();
    ledger_trouble_.clear();
    if (news) next_.ledger_working();
}

void Health::store_failing(const std::string& store, const Failure& failure) {
    failing_stores_[store] = printable(failure.what);
    next_.store_failing(store, failure);
}

void Health::scheduler_ticked(WallTime now) {
    last_tick_ = now;
    last_tick_steady_ = clock_.steady_now();
    next_.scheduler_ticked(now);
}

}  // namespace garner
