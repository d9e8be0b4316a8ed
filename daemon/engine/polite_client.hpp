// The client that a source speaks through. Every request passes here, also those that a connector makes by itself: so
// it is the one place that keeps to the budget, obeys Retry-After and sees whether the source can be reached.
#pragma once

#include <memory>
#include <string>

#include "core/settings.hpp"
#include "engine/observer.hpp"
#include "engine/source_state.hpp"
#include "ledger/ledger.hpp"
#include "platform/doors.hpp"
#include "platform/http.hpp"

namespace garner {

/// What it works with; the references outlive it.
struct PoliteTools {
    SourceSettings settings;
    std::shared_ptr<SourceState> state;
    Doors doors;
    Ledger& ledger;
    RunObserver& observer;
};

/// A request to another host (a presigned address) counts for the budget, and neither waits for a Retry-After nor tells
/// anything of the source.
std::unique_ptr<HttpClient> make_polite_client(std::unique_ptr<HttpClient> client, PoliteTools tools);

/// Whether the address is at the source's own origin.
bool is_own_address(const SourceSettings&, const std::string& url);

}  // namespace garner
