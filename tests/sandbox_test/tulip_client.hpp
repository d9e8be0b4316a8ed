// What the tests of the Tulip model say again and again: requests of a polite client at an instant of their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>

#include "sandbox/models/http_text.hpp"
#include "sandbox/models/tulip.hpp"

namespace garner::sandbox {

inline const std::string kReadWrite = "apikey.2_rw:secret";
inline const std::string kReadOnly = "apikey.2_ro:secret";
inline const std::string kAccount = "apikey.2_acc:secret";
inline const std::string kHost = "files.tulip.test";

inline TulipOptions test_options() {
    TulipOptions options;
    options.seed = 7;
    options.machine_types = seeded_machines(7, 6);
    options.tokens[kReadWrite] = {};
    options.tokens[kReadOnly] = {TulipToken::Level::workspace, {TulipScope::machines_read}};
    options.tokens[kAccount] = {TulipToken::Level::account, {TulipScope::machines_read, TulipScope::machines_write}};
    options.scenario.job_duration_min = Duration(1000);
    options.scenario.job_duration_max = Duration(1000);
    options.scenario.content_bytes_min = 100000;
    options.scenario.content_bytes_max = 200000;
    options.download_url = "https://" + kHost;
    return options;
}

class TulipClient {
public:
    explicit TulipClient(TulipModel& model) : model_(model) {}

    WallTime now = from_unix_ms(1'800'000'000'000);
    std::string credential = kReadWrite;
    std::string root = "/api/v3/";

    void wait(Duration d) { now += d; }

    ModelReply api(const std::string& method, const std::string& rest) {
        ModelRequest request{method, "tulip.test", root + rest, {}, ""};
        if (!credential.empty()) request.headers.emplace_back("authorization", basic_authorization(credential));
        return model_.handle(VendorModel::Door::api, request, now);
    }

    ModelReply download(const std::string& url, std::vector<std::pair<std::string, std::string>> headers = {},
                        const std::string& method = "GET") {
        const std::size_t path = url.find('/', url.find("://") + 3);
        const ModelRequest request{method, host_of_url(url), url.substr(path), std::move(headers), ""};
        return model_.handle(VendorModel::Door::download, request, now);
    }

    std::string start(std::size_t machine) {
        return text(api("POST", "machines/archive/" + machine_id(machine)), "id");
    }

    ModelReply poll(const std::string& job) { return api("GET", "machines/archive/csv/" + job); }

    /// Starts, waits, and asks for the URL.
    std::string finished(std::size_t machine) {
        const std::string job = start(machine);
        wait(Duration(2000));
        return text(poll(job), "resource");
    }

    std::string machine_id(std::size_t index) const {
        return model_.options().machine_types.at(index / 4).machines.at(index % 4).id;
    }

    static std::string text(const ModelReply& reply, std::string_view key) {
        const boost::json::value body = boost::json::parse(reply.body);
        const boost::json::value* const value = body.as_object().if_contains(key);
        return value == nullptr ? "" : std::string(value->as_string());
    }

private:
    TulipModel& model_;
};

inline std::string header_of(const ModelReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
        if (key == name) return value;
    }
    return {};
}

inline std::string body_of(const ModelReply& reply) {
    if (!reply.content) return reply.body;
    std::string text(static_cast<std::size_t>(reply.content_length), '\0');
    reply.content->read(reply.content_offset, text);
    return text;
}

}  // namespace garner::sandbox
