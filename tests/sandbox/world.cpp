#include "sandbox/world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "sandbox/models/http_text.hpp"

namespace garner::sandbox {
namespace {

WallTime now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

ModelReply done() {
    boost::json::object body;
    body["ok"] = true;
    return json_reply(200, body);
}

ModelReply refused(int status, const std::string& what) {
    boost::json::object body;
    body["error"] = what;
    return json_reply(status, body);
}

void add_violations(boost::json::array& to, const std::vector<Violation>& from, const std::string& by) {
    for (const Violation& one : from) {
        boost::json::object entry;
        entry["at"] = format_rfc3339(one.at);
        entry["what"] = one.what;
        entry["seen_by"] = by;
        to.push_back(std::move(entry));
    }
}

}  // namespace

World::World(TulipOptions options, std::uint64_t seed) : tulip_(std::move(options)), faults_(tulip_, seed) {
    faults_.set_error_body([this](int status) { return tulip_.error_body(status); });
}

FaultedReply World::tulip(VendorModel::Door door, ModelRequest request) {
    // Only the fault layer may say that an answer will be lost.
    std::erase_if(request.headers, [](const auto& header) { return header.first == kAnswerLostHeader; });
    const std::lock_guard lock(mutex_);
    return faults_.handle(door, std::move(request), now());
}

FaultedReply World::control(const ModelRequest& request) {
    FaultedReply reply;
    try {
        const std::lock_guard lock(mutex_);
        reply.reply = answer(request);
    } catch (const std::invalid_argument& wrong) {
        reply.reply = refused(400, wrong.what());
    } catch (const boost::system::system_error& broken) {
        reply.reply = refused(400, std::string("not JSON: ") + broken.what());
    }
    return reply;
}

std::string World::violations_json() const {
    boost::json::array all;
    add_violations(all, tulip_.violations(), "tulip");
    add_violations(all, faults_.violations(), "retry-after");
    boost::json::object body;
    body["violations"] = std::move(all);
    return boost::json::serialize(body);
}

ModelReply World::answer(const ModelRequest& request) {
    const std::string what = request.method + " " + std::string(request.path());
    if (what == "GET /healthz") return done();
    if (what == "POST /faults") {
        const boost::json::value body = boost::json::parse(request.body);
        std::vector<FaultRule> rules;
        if (body.is_array()) {
            for (const boost::json::value& one : body.get_array()) rules.push_back(fault_rule_from_json(one));
        } else {
            rules.push_back(fault_rule_from_json(body));
        }
        for (FaultRule& rule : rules) faults_.add(std::move(rule));
        return done();
    }
    if (what == "DELETE /faults") {
        faults_.clear();
        return done();
    }
    if (what == "GET /faults") {
        boost::json::object body;
        body["rules"] = faults_.rules();
        body["struck"] = faults_.struck();
        return json_reply(200, body);
    }
    if (what == "POST /tulip/configure") {
        tulip_.configure(boost::json::parse(request.body));
        return done();
    }
    if (what == "GET /tulip/record") {
        boost::json::value record = boost::json::parse(tulip_.record_json());
        add_violations(record.as_object()["violations"].as_array(), faults_.violations(), "retry-after");
        return json_reply(200, record);
    }
    if (what == "POST /client-killed") {
        tulip_.client_lost_memory();
        return done();
    }
    if (what == "GET /violations") {
        ModelReply reply;
        reply.headers = {{"content-type", "application/json"}};
        reply.body = violations_json();
        return reply;
    }
    if (what == "POST /reset") {
        tulip_.reset();
        faults_.reset();
        return done();
    }
    return refused(404, "no such request: " + what + "; tests/sandbox/README.md lists them");
}

}  // namespace garner::sandbox
