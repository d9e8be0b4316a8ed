// What the web server serves: a table of paths. Everything here only reads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "platform/clock.hpp"
#include "platform/event.hpp"
#include "service/health.hpp"
#include "service/ledger_view.hpp"
#include "service/metrics.hpp"
#include "service/web_server.hpp"

namespace garner {

class Pages : public WebPages {
public:
    using Callback = std::function<bool(const std::string& run, const std::string& proof)>;

    /// `live` is called on the loop, once per scrape; `callback` for each call of a vendor.
    Pages(asio::any_io_executor, Clock&, const Health&, LedgerView&, std::function<LiveMetrics()> live,
          Callback callback);

    Task<WebReply> answer(WebRequest) override;
    bool called_back(const std::string& run, const std::string& proof) override { return callback_(run, proof); }

    /// The ledger's part of /metrics, at most a second old.
    Task<std::shared_ptr<const LedgerMetrics>> ledger_metrics();

private:
    Task<WebReply> metrics();
    Task<WebReply> status();
    Task<WebReply> runs();
    Task<WebReply> artifacts();
    Task<WebReply> targets();
    Task<WebReply> leftovers();
    Task<WebReply> gaps();

    Clock& clock_;
    const Health& health_;
    LedgerView& ledger_;
    std::function<LiveMetrics()> live_;
    Callback callback_;
    std::shared_ptr<const LedgerMetrics> cached_;  // null: could not be read
    std::optional<SteadyTime> cached_at_;
    bool reading_ = false;
    Event read_;
};

}  // namespace garner
