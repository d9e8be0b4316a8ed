// The network between the daemon and the models of its vendors: latency, refused connections, and whatever a fault
// layer makes of the answers. It checks at each request what only a network can see: where credentials go.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/http.hpp"
#include "sandbox/models/faults.hpp"
#include "sim/chance.hpp"
#include "sim/virtual_clock.hpp"
#include "sim/watch.hpp"

namespace garner::sim {

struct NetworkFaults {
    double refused = 0;       ///< the connection; nothing was sent
    double reset_before = 0;  ///< sent, the vendor has not acted, no answer
    double lost_answer = 0;   ///< sent, the vendor has acted, no answer
    double bare_5xx = 0;      ///< a proxy's page; the vendor has not acted
    double vendor_5xx = 0;    ///< the vendor's own error
    double throttled = 0;     ///< 429, sometimes with Retry-After
    double cut_body = 0;
    double wrong_length = 0;  ///< a file's Content-Length says more than there is
    double html = 0;          ///< a page with status 200 where JSON is due
};

class SimNetwork final : public Network {
public:
    SimNetwork(VirtualClock& clock, SeededRandom& random, Trace& trace, Watch& watch)
        : clock_(clock), random_(random), trace_(trace), watch_(watch) {}

    /// Who answers at an address. Both outlive the network.
    struct Vendor {
        sandbox::VendorModel* model = nullptr;
        sandbox::FaultLayer* faults = nullptr;
    };
    /// `origin`: "https://acme.tulip.test"; whatever else its source asks is its download door.
    void connect(const std::string& origin, Vendor vendor) { vendors_[origin] = vendor; }

    Result<std::unique_ptr<HttpClient>> client_for(const std::string& source, const HttpSettings&) override;

    void set_faults(NetworkFaults faults) { faults_ = faults; }
    const std::vector<std::string>& violations() const { return violations_; }

private:
    class Client;

    VirtualClock& clock_;
    SeededRandom& random_;
    Trace& trace_;
    Watch& watch_;
    std::map<std::string, Vendor> vendors_;
    NetworkFaults faults_;
    std::vector<std::string> violations_;
};

}  // namespace garner::sim
