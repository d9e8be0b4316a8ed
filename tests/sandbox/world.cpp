#include "sandbox/world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "sandbox/models/http_text.hpp"
#include "sandbox/models/json_keys.hpp"

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

void add_violations(boost::json::array& to, const std::vector<Violation>& from, const std::string& vendor,
                    const std::string& by) {
    for (const Violation& one : from) {
        boost::json::object entry;
        entry["at"] = format_rfc3339(one.at);
        entry["what"] = one.what;
        entry["vendor"] = vendor;
        entry["seen_by"] = by;
        to.push_back(std::move(entry));
    }
}

}  // namespace

World::Vendor::Vendor(std::string its_name, VendorModel& its_model, std::uint64_t seed)
    : name(std::move(its_name)), model(its_model), faults(its_model, seed) {
    faults.set_error_body([&its_model](int status) { return its_model.error_body(status); });
}

World::World(WorldOptions options, std::uint64_t seed)
    : tulip_(std::move(options.tulip)), servitly_(std::move(options.servitly)), appgate_(std::move(options.appgate)) {
    vendors_.reserve(3);
    vendors_.emplace_back("tulip", tulip_, seed);
    vendors_.emplace_back("servitly", servitly_, seed + 1);
    vendors_.emplace_back("appgate", appgate_, seed + 2);
}

World::Vendor& World::named(std::string_view name) {
    for (Vendor& vendor : vendors_) {
        if (vendor.name == name) return vendor;
    }
    throw std::invalid_argument("vendor: tulip, servitly or appgate, not \"" + std::string(name) + "\"");
}

FaultedReply World::handle(std::string_view vendor, VendorModel::Door door, ModelRequest request) {
    // Only the fault layer may say that an answer will be lost.
    std::erase_if(request.headers, [](const auto& header) { return header.first == kAnswerLostHeader; });
    const std::lock_guard lock(mutex_);
    constexpr std::size_t requests_max = 200'000;
    Vendor& asked = named(vendor);
    asked.requests.push_back(now());
    if (asked.requests.size() > requests_max) asked.requests.pop_front();
    return asked.faults.handle(door, std::move(request), now());
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

std::vector<std::string> World::due_notifications() {
    const std::lock_guard lock(mutex_);
    return appgate_.due_notifications(now());
}

void World::count_notification(bool delivered) {
    const std::lock_guard lock(mutex_);
    ++(delivered ? notified_ : not_notified_);
}

std::vector<std::string> World::shortcomings() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> lines;
    for (const Vendor& vendor : vendors_) {
        for (const auto* const seen : {&vendor.model.violations(), &vendor.faults.violations()}) {
            for (const Violation& one : *seen)
                lines.push_back("violation at " + vendor.name + ", " + format_rfc3339(one.at) + ": " + one.what);
        }
    }
    for (const std::string& id : appgate_.left_behind()) {
        const AppgateModel::Job* const job = appgate_.job(id);
        lines.push_back("left behind at appgate: backup " + id + " on " + job->appliance_name);
    }
    return lines;
}

// A rule goes to the vendor that it names, or to all of them.
std::optional<ModelReply> World::answer_about_faults(const ModelRequest& request, const std::string& what) {
    if (what == "POST /faults") {
        const boost::json::value body = boost::json::parse(request.body);
        const boost::json::array rules = body.is_array() ? body.get_array() : boost::json::array{body};
        std::vector<std::pair<Vendor*, FaultRule>> added;
        for (boost::json::value rule : rules) {
            Vendor* only = nullptr;
            if (rule.is_object() && rule.get_object().contains("vendor")) {
                only = &named(json_text(rule.get_object()["vendor"], "vendor"));
                rule.get_object().erase("vendor");
            }
            const FaultRule read = fault_rule_from_json(rule);
            for (Vendor& vendor : vendors_) {
                if (only == nullptr || only == &vendor) added.emplace_back(&vendor, read);
            }
        }
        for (auto& [vendor, rule] : added) vendor->faults.add(std::move(rule));
        return done();
    }
    if (what == "DELETE /faults") {
        for (Vendor& vendor : vendors_) vendor.faults.clear();
        return done();
    }
    if (what == "GET /faults") {
        std::uint64_t rules = 0;
        std::uint64_t struck = 0;
        for (const Vendor& vendor : vendors_) {
            rules += vendor.faults.rules();
            struck += vendor.faults.struck();
        }
        boost::json::object body;
        body["rules"] = rules;
        body["struck"] = struck;
        return json_reply(200, body);
    }
    return std::nullopt;
}

std::optional<ModelReply> World::answer_of(Vendor& vendor, const ModelRequest& request, std::string_view what) {
    if (what == "POST configure") {
        vendor.model.configure(boost::json::parse(request.body));
        return done();
    }
    if (what == "GET record") {
        boost::json::value record = boost::json::parse(vendor.model.record_json());
        boost::json::object& body = record.as_object();
        add_violations(body["violations"].as_array(), vendor.faults.violations(), vendor.name, "retry-after");
        if (&vendor.model == &appgate_) {
            boost::json::object notifications;
            notifications["delivered"] = notified_;
            notifications["failed"] = not_notified_;
            body["notifications"] = std::move(notifications);
        }
        return json_reply(200, record);
    }
    if (what == "GET requests") {
        boost::json::array times;
        for (const WallTime at : vendor.requests) times.emplace_back(static_cast<std::int64_t>(to_unix_ms(at)));
        return json_reply(200, times);
    }
    if (what == "POST foreign-export" && &vendor.model == &servitly_) {
        std::string tenant;
        double seconds = 10;
        JsonKeys keys;
        keys["tenant"] = [&](const auto& v) { tenant = json_text(v, "tenant"); };
        keys["seconds"] = [&](const auto& v) { seconds = json_fraction(v, "seconds"); };
        read_json_keys(boost::json::parse(request.body), keys, "foreign-export");
        boost::json::object body;
        body["started"] =
            servitly_.start_foreign_export(tenant, now(), Duration(static_cast<std::int64_t>(seconds * 1000)));
        return json_reply(200, body);
    }
    return std::nullopt;
}

ModelReply World::answer(const ModelRequest& request) {
    const std::string path(request.path());
    const std::string what = request.method + " " + path;
    if (what == "GET /healthz") return done();
    if (path == "/faults") {
        if (std::optional<ModelReply> reply = answer_about_faults(request, what)) return std::move(*reply);
    }
    for (Vendor& vendor : vendors_) {
        const std::string root = "/" + vendor.name + "/";
        if (!path.starts_with(root)) continue;
        const std::string rest = request.method + " " + path.substr(root.size());
        if (std::optional<ModelReply> reply = answer_of(vendor, request, rest)) return std::move(*reply);
    }
    if (what == "POST /client-killed") {
        for (Vendor& vendor : vendors_) vendor.model.client_lost_memory();
        return done();
    }
    if (what == "POST /client-restarted") {
        for (Vendor& vendor : vendors_) vendor.model.client_restarted();
        return done();
    }
    if (what == "GET /violations") {
        boost::json::array all;
        for (const Vendor& vendor : vendors_) {
            add_violations(all, vendor.model.violations(), vendor.name, vendor.name);
            add_violations(all, vendor.faults.violations(), vendor.name, "retry-after");
        }
        boost::json::object body;
        body["violations"] = std::move(all);
        return json_reply(200, body);
    }
    if (what == "GET /leftovers") {
        boost::json::array all;
        for (const std::string& id : appgate_.left_behind()) {
            const AppgateModel::Job* const job = appgate_.job(id);
            boost::json::object entry;
            entry["vendor"] = "appgate";
            entry["id"] = id;
            entry["target"] = job->appliance_name;
            entry["started"] = format_rfc3339(job->started);
            all.push_back(std::move(entry));
        }
        boost::json::object body;
        body["leftovers"] = std::move(all);
        return json_reply(200, body);
    }
    if (what == "POST /reset") {
        for (Vendor& vendor : vendors_) {
            vendor.model.reset();
            vendor.faults.reset();
            vendor.requests.clear();
        }
        return done();
    }
    return refused(404, "no such request: " + what + "; tests/sandbox/README.md lists them");
}

}  // namespace garner::sandbox
