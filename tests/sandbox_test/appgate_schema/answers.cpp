// Prints what the Appgate stand-in answers, as JSON, for check.py: each entry names the path of the vendor's
// specification that it must hold to.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <string>

#include "sandbox_test/appgate_client.hpp"

namespace garner::sandbox {
namespace {

const std::string kBackup = "/appliances/{id}/backup";
const std::string kOne = kBackup + "/{backupId}";

// Everything that one controller says to a client of one version.
class Story {
public:
    Story(int version, boost::json::array& into) : into_(into) {
        client_.version = version;
        client_.log_in();
    }

    void tell() {
        discovery();
        logins();
        lists();
        backups();
        refusals();
    }

private:
    void note(const std::string& method, const std::string& path, const ModelReply& reply) {
        boost::json::object entry;
        entry["version"] = client_.version;
        entry["method"] = method;
        entry["path"] = path;
        entry["status"] = reply.status;
        entry["body"] = reply.body.empty() ? boost::json::value() : boost::json::parse(reply.body);
        entry["bytes"] = reply.content_length;
        into_.push_back(std::move(entry));
    }

    void get(const std::string& path, const std::string& query = {}) {
        note("GET", path, client_.api("GET", path + query));
    }

    void discovery() {
        const ModelReply version = client_.raw("GET", "/version", "application/json");
        if (client_.version >= 20) note("GET", "/version", version);
        get("/identity-providers/names");
        note("POST", "/login", client_.raw("POST", "/login", "application/vnd.appgate.peer-v5+json", "{}"));
        note("GET", "/appliances", client_.raw("GET", "/appliances", "application/json"));
    }

    void logins() {
        client_.wait(std::chrono::hours(13));
        note("GET", "/appliances", client_.api("GET", "/appliances"));
        note("POST", "/login", client_.log_in());
        AppgateClient other(model_);
        other.version = client_.version;
        other.password = "wrong";
        note("POST", "/login", other.log_in());
        other.device = "no UUID";
        note("POST", "/login", other.log_in());
        note("POST", "/login", other.api("POST", "/login", "no JSON"));
        other.device = client_.device;
        other.password = client_.password;
        model_.scenario().mfa_required = true;
        note("POST", "/login", other.log_in());
        model_.scenario().mfa_required = false;
    }

    void lists() {
        model_.appliances()[1].status = "offline";
        get("/appliances");
        get("/appliances", "?range=2-4&orderBy=name&descending=true&query=controller");
        if (client_.version >= 20) get("/appliances/status");
        get("/stats/appliances");
        get("/global-settings");
        model_.scenario().global_settings_forbidden = true;
        get("/global-settings");
    }

    void backups() {
        const ModelReply start = client_.start(0, R"({"logs":true,"audit":true,"notifyUrl":"https://garner.test/x"})");
        note("POST", kBackup, start);
        const std::string job = AppgateClient::text(start, "id");
        note("GET", kOne + "/status", client_.poll(0, job));
        note("DELETE", kOne, client_.remove(0, job));
        client_.wait(Duration(2000));
        note("GET", kOne + "/status", client_.poll(0, job));
        note("GET", kOne, client_.raw("GET", client_.path_of(0, job), client_.accept()));
        note("GET", kOne, client_.download(0, job, client_.version >= 20 ? "bytes=0-" : ""));
        note("GET", kOne, client_.download(0, job, "bytes=99999999-"));
        note("DELETE", kOne, client_.remove(0, job));
        note("DELETE", kOne, client_.remove(0, job));
        for (const bool base64 : {true, false}) {
            model_.scenario().fail_jobs = true;
            model_.scenario().base64_output = base64;
            const std::string failed = client_.started(2);
            client_.wait(Duration(2000));
            note("GET", kOne + "/status", client_.poll(2, failed));
            note("GET", kOne, client_.download(2, failed));
        }
    }

    void refusals() {
        note("POST", kBackup, client_.start(1));
        note("POST", kBackup, client_.start(0, "no JSON"));
        note("POST", kBackup, client_.api("POST", "/appliances/4c07bc67-57ea-42dd-b702-c2d6c45419fc/backup", "{}"));
        note("GET", kOne + "/status", client_.poll(0, "4c07bc67-57ea-42dd-b702-c2d6c45419fc"));
        model_.scenario().backup_api_enabled = false;
        note("POST", kBackup, client_.start(0));
        client_.token = "none";
        note("POST", kBackup, client_.start(0));
        note("POST", kBackup, client_.raw("POST", client_.path_of(0), ""));
    }

    AppgateModel model_{appgate_test_options()};
    AppgateClient client_{model_};
    boost::json::array& into_;
};

}  // namespace
}  // namespace garner::sandbox

int main() {
    boost::json::array answers;
    for (const int version : {17, 19, 20, 23}) garner::sandbox::Story(version, answers).tell();
    std::cout << boost::json::serialize(answers) << "\n";
    return 0;
}
