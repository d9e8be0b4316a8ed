// Appgate as its documents describe it, and stricter: versions, logins, lists, backups and their files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "sandbox_test/appgate_client.hpp"

namespace garner::sandbox {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string header_of(const ModelReply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers) {
        if (key == name) return value;
    }
    return {};
}

boost::json::object json_of(const ModelReply& reply) { return boost::json::parse(reply.body).as_object(); }

struct Appgate : testing::Test {
    AppgateModel model{appgate_test_options()};
    AppgateClient client{model};
    AppgateScenario& scenario = model.scenario();

    std::string last() const { return model.violations().empty() ? "" : model.violations().back().what; }
    void configure(const char* text) { model.configure(boost::json::parse(text)); }

    /// A backup that has ended.
    std::string ended(std::size_t appliance) {
        const std::string job = client.started(appliance);
        client.wait(Duration(2000));
        return job;
    }
};

struct AppgateLogin : Appgate {};

struct AppgateBackup : Appgate {
    AppgateBackup() { client.log_in(); }
};

TEST_F(Appgate, takes_its_own_versions_only_and_says_on_a_login_which) {
    const std::string offered = "application/vnd.appgate.peer-v";
    struct Row {
        std::string method, path, accept;
        int status;
    };
    const std::vector<Row> table = {
        {"GET", "/version", "application/json", 200},
        {"GET", "/version", offered + "20+json", 406},
        {"POST", "/login", offered + "5+json", 406},
        {"POST", "/login", offered + "24+json", 406},
        {"POST", "/login", "application/json", 406},
        {"POST", "/login", "", 406},
        {"POST", "/login", offered + "20+gpg", 406},
        {"POST", "/login", offered + "16+json", 400},
        {"POST", "/login", offered + "23+json", 400},
        {"GET", "/appliances", "application/json", 406},
        {"GET", "/appliances", offered + "20+json", 401},
        {"GET", "/identity-providers/names", offered + "20+json", 200},
        {"GET", "/nothing", offered + "20+json", 401},
    };
    for (const Row& row : table)
        EXPECT_EQ(client.raw(row.method, row.path, row.accept).status, row.status) << row.path << " " << row.accept;

    const boost::json::object login = json_of(client.raw("POST", "/login", offered + "5+json"));
    EXPECT_EQ(login.at("minSupportedVersion").as_int64(), 16);
    EXPECT_EQ(login.at("maxSupportedVersion").as_int64(), 23);
    EXPECT_FALSE(json_of(client.raw("GET", "/appliances", offered + "5+json")).contains("maxSupportedVersion"));

    configure(R"({"version_min":13,"version_max":19})");
    EXPECT_EQ(client.raw("GET", "/version", "application/json").status, 404);
    EXPECT_EQ(client.raw("GET", "/appliances", offered + "20+json").status, 406);
    EXPECT_EQ(
        model.handle(VendorModel::Door::download, {"GET", "appgate.test", "/admin/version", {}, ""}, client.now).status,
        404);
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateLogin, gives_a_token_that_ends) {
    configure(R"({"token_ms":3000})");
    EXPECT_EQ(client.api("GET", "/appliances").status, 401);
    const ModelReply login = client.log_in();
    EXPECT_EQ(login.status, 200);
    EXPECT_EQ(parse_rfc3339(AppgateClient::text(login, "expires")), client.now + Duration(3000));
    client.wait(Duration(2999));
    EXPECT_EQ(client.api("GET", "/appliances").status, 200);
    client.wait(Duration(1));
    const ModelReply late = client.api("GET", "/appliances");
    EXPECT_EQ(late.status, 401);
    EXPECT_EQ(AppgateClient::text(late, "id"), "unauthorized");
    EXPECT_EQ(AppgateClient::text(late, "message"), "Token error. Login again.");
    EXPECT_EQ(client.log_in().status, 200);
    EXPECT_EQ(client.api("POST", "/authentication/logout").status, 204);
    EXPECT_EQ(client.api("GET", "/appliances").status, 401);
    EXPECT_EQ(client.log_in().status, 200);
    EXPECT_EQ(model.logins().logins, 3U);
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateLogin, names_each_field_that_is_missing_or_wrong) {
    client.provider = "ldap";
    client.username.clear();
    client.device = "my laptop";
    const ModelReply reply = client.log_in();
    EXPECT_EQ(reply.status, 422);
    std::vector<std::string> fields;
    const boost::json::object body = json_of(reply);
    for (const boost::json::value& error : body.at("errors").as_array())
        fields.emplace_back(error.at("field").as_string());
    EXPECT_THAT(fields, ElementsAre("username", "providerName", "deviceId"));
    EXPECT_EQ(model.logins().rejected, 0U);
    EXPECT_THAT(model.logins().device_ids, IsEmpty());
}

TEST_F(AppgateLogin, is_locked_after_wrong_passwords_even_for_the_right_one) {
    configure(R"({"lock_after":2})");
    client.password = "wrong";
    const ModelReply first = client.log_in();
    EXPECT_EQ(first.status, 401);
    EXPECT_EQ(AppgateClient::text(first, "failureType"), "Login");
    EXPECT_EQ(AppgateClient::text(first, "message"), "Invalid username or password.");
    EXPECT_EQ(last(), "");
    client.log_in();
    EXPECT_THAT(last(), HasSubstr("login hammering"));
    client.password = "right";
    const ModelReply locked = client.log_in();
    EXPECT_EQ(locked.status, 401);
    EXPECT_THAT(AppgateClient::text(locked, "message"), HasSubstr("locked"));
    EXPECT_EQ(model.logins().rejected, 3U);
    configure(R"({"unlock":true})");
    EXPECT_EQ(client.log_in().status, 200);
}

TEST_F(AppgateLogin, asks_for_a_second_factor_where_the_account_has_one) {
    scenario.mfa_required = true;
    const ModelReply reply = client.log_in();
    EXPECT_EQ(reply.status, 412);
    EXPECT_TRUE(json_of(reply).at("otpRequired").as_bool());
    EXPECT_EQ(AppgateClient::text(reply, "username"), "backup");
    EXPECT_EQ(model.logins().rejected, 1U);
}

TEST_F(AppgateLogin, sees_a_second_device_id) {
    client.log_in();
    client.wait(hours(12));
    client.device.back() = 'd';
    client.log_in();
    EXPECT_THAT(last(), HasSubstr("another device id"));
    EXPECT_EQ(model.logins().device_ids.size(), 2U);
}

TEST_F(AppgateLogin, sees_a_login_that_nobody_needs) {
    client.log_in();
    client.wait(hours(12) - Duration(60000));
    client.log_in();
    EXPECT_EQ(last(), "");  // a minute before its end
    client.wait(hours(12) - Duration(61000));
    client.log_in();
    EXPECT_THAT(last(), HasSubstr("login without need"));
    configure(R"({"token_ms":3000})");
    model.reset();
    client.log_in();
    client.wait(Duration(2400));
    client.log_in();
    EXPECT_EQ(last(), "");  // a fifth of its life
    client.wait(Duration(2399));
    client.log_in();
    EXPECT_THAT(last(), HasSubstr("login without need"));
}

TEST_F(AppgateLogin, forgives_an_early_login_to_who_could_not_go_on) {
    client.log_in();
    configure(R"({"revoke_tokens":true})");
    EXPECT_EQ(client.api("GET", "/appliances").status, 401);
    client.log_in();
    EXPECT_EQ(last(), "");

    const ModelRequest refused{"GET", "", "/admin/appliances", {{"authorization", "Bearer " + client.token}}, ""};
    model.answered_instead(refused, 401);  // by a fault rule
    client.log_in();
    EXPECT_EQ(last(), "");

    model.client_restarted();
    client.log_in();
    EXPECT_EQ(last(), "");

    model.client_lost_memory();
    client.lose_answers = true;
    client.log_in();
    client.lose_answers = false;
    client.log_in();
    EXPECT_EQ(last(), "");

    configure(R"({"password":"new"})");
    client.password = "new";
    EXPECT_EQ(client.log_in().status, 200);
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, appliances_come_in_pages_and_in_order) {
    const auto names = [](const ModelReply& reply) {
        std::vector<std::string> found;
        const boost::json::object body = json_of(reply);
        for (const boost::json::value& one : body.at("data").as_array()) found.emplace_back(one.at("name").as_string());
        return found;
    };
    ModelReply reply = client.api("GET", "/appliances?range=1-2&orderBy=name");
    EXPECT_THAT(names(reply), ElementsAre("connector-2", "controller"));
    EXPECT_EQ(AppgateClient::text(reply, "range"), "1-2/7");
    EXPECT_EQ(json_of(reply).at("totalCount").as_int64(), 7);
    EXPECT_THAT(names(client.api("GET", "/appliances?query=controller&descending=true")),
                ElementsAre("controller-2", "controller"));
    configure(R"({"page_max":3})");
    reply = client.api("GET", "/appliances?range=4-99");
    EXPECT_THAT(names(reply), ElementsAre("gateway-1", "gateway-2", "logserver"));
    EXPECT_EQ(AppgateClient::text(reply, "range"), "4-6/7");
    EXPECT_EQ(names(client.api("GET", "/appliances")).size(), 3U);
    EXPECT_THAT(names(client.api("GET", "/appliances?range=7-9")), IsEmpty());
    EXPECT_EQ(client.api("GET", "/appliances?range=9-7").status, 400);

    const boost::json::array all = json_of(client.api("GET", "/appliances?query=logserver")).at("data").as_array();
    EXPECT_TRUE(all.at(0).at("logServer").at("enabled").as_bool());
    EXPECT_FALSE(all.at(0).at("controller").at("enabled").as_bool());
    EXPECT_EQ(all.at(0).at("tags").at(0).as_string(), "backup");
}

TEST_F(AppgateBackup, the_state_of_appliances_is_asked_by_the_versions_own_call) {
    configure(R"({"appliance_status":{"controller-2":"offline"}})");
    const boost::json::object status = json_of(client.api("GET", "/appliances/status?query=controller"));
    EXPECT_EQ(status.at("data").at(0).at("status").as_string(), "healthy");
    EXPECT_EQ(status.at("data").at(0).at("functions").at(0).as_string(), "Controller");
    EXPECT_EQ(status.at("data").at(1).at("status").as_string(), "offline");
    client.version = 19;
    EXPECT_EQ(client.api("GET", "/appliances/status").status, 404);
    const boost::json::object stats = json_of(client.api("GET", "/stats/appliances?query=controller"));
    EXPECT_EQ(stats.at("data").at(0).at("function").as_string(), "CTR");
    EXPECT_EQ(stats.at("data").at(1).at("status").as_string(), "offline");
}

TEST_F(AppgateBackup, settings_are_read_and_never_written) {
    EXPECT_TRUE(json_of(client.api("GET", "/global-settings")).at("backupApiEnabled").as_bool());
    configure(R"({"backup_api_enabled":false})");
    EXPECT_FALSE(json_of(client.api("GET", "/global-settings")).at("backupApiEnabled").as_bool());
    configure(R"({"global_settings_forbidden":true})");
    EXPECT_EQ(client.api("GET", "/global-settings").status, 403);
    EXPECT_EQ(last(), "");
    EXPECT_EQ(client.api("PUT", "/global-settings", "{}").status, 403);
    EXPECT_THAT(last(), HasSubstr("global-settings"));
}

TEST_F(AppgateBackup, is_started_polled_fetched_and_deleted_by_the_codes_of_its_version) {
    for (const int version : {16, 17, 19, 20, 23}) {
        client.version = version;
        const bool newer = version >= 20;
        const ModelReply start = client.start(0, R"({"logs":true,"audit":false})");
        EXPECT_EQ(start.status, newer ? 202 : 200);
        const std::string job = AppgateClient::text(start, "id");
        EXPECT_TRUE(model.job(job)->logs);
        ModelReply poll = client.poll(0, job);
        EXPECT_EQ(AppgateClient::text(poll, "status"), "processing");
        const std::string message = AppgateClient::text(poll, "message");
        EXPECT_EQ(message.empty(), version < 18);
        client.wait(Duration(500));
        poll = client.poll(0, job);
        if (version >= 18) {
            EXPECT_NE(AppgateClient::text(poll, "message"), message);
        }
        client.wait(Duration(500));
        poll = client.poll(0, job);
        EXPECT_EQ(AppgateClient::text(poll, "status"), "done");
        EXPECT_EQ(AppgateClient::text(poll, "result"), version >= 17 ? "success" : "");
        EXPECT_THAT(model.left_behind(), ElementsAre(job));

        EXPECT_EQ(client.raw("GET", client.path_of(0, job), client.accept()).status, 406);
        EXPECT_EQ(client.download(0, job, "").status, newer ? 400 : 200);
        EXPECT_EQ(client.download(0, job).status, 206);
        EXPECT_EQ(client.raw("DELETE", client.path_of(0, job), client.accept()).status, version >= 17 ? 406 : 204);
        if (version >= 17) {
            EXPECT_EQ(client.remove(0, job).status, newer ? 202 : 204);
        }
        for (const ModelReply& gone : {client.poll(0, job), client.download(0, job), client.remove(0, job)})
            EXPECT_EQ(gone.status, 404);
        EXPECT_THAT(model.left_behind(), IsEmpty());
        client.wait(Duration(1000));
    }
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, its_file_comes_in_ranges_that_prove_themselves) {
    const std::string job = ended(0);
    const std::uint64_t size = model.job(job)->object.content->size();
    const ModelReply whole = client.download(0, job);
    EXPECT_EQ(whole.status, 206);
    EXPECT_EQ(whole.content_length, size);
    EXPECT_TRUE(model.job(job)->downloaded_to_the_end);
    EXPECT_EQ(header_of(whole, "content-type"), "application/gpg");
    const std::string etag = header_of(whole, "etag");
    EXPECT_NE(etag, "");

    const auto part = [&](AppgateClient::Headers headers) {
        return client.raw("GET", client.path_of(0, job), client.accept("gpg"), {}, std::move(headers));
    };
    const ModelReply rest = part({{"range", "bytes=1000-"}, {"if-range", etag}});
    EXPECT_EQ(rest.status, 206);
    EXPECT_EQ(header_of(rest, "content-range"), "bytes 1000-" + std::to_string(size - 1) + "/" + std::to_string(size));
    EXPECT_EQ(part({{"range", "bytes=1000-"}, {"if-range", "\"other\""}}).status, 200);
    const ModelReply beyond = part({{"range", "bytes=" + std::to_string(size) + "-"}});
    EXPECT_EQ(beyond.status, 416);
    EXPECT_EQ(header_of(beyond, "content-range"), "bytes */" + std::to_string(size));
    EXPECT_NE(AppgateClient::text(beyond, "message"), "");
    const ModelReply head = client.raw("HEAD", client.path_of(0, job), client.accept("gpg"));
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.content_length, size);
    EXPECT_EQ(model.job(job)->downloads, 3U);

    configure(R"({"serve_206":false})");
    EXPECT_EQ(client.download(0, job).status, 200);
    EXPECT_EQ(client.download(0, job, "bytes=5-").status, 206);
    configure(R"({"ignore_range":true})");
    EXPECT_EQ(client.download(0, job, "bytes=5-").status, 200);
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, is_refused_where_it_cannot_run) {
    EXPECT_EQ(client.api("POST", "/appliances/" + client.device + "/backup", "{}").status, 404);
    EXPECT_EQ(client.start(0, "no JSON").status, 400);
    EXPECT_EQ(client.start(0, R"({"opt":true})").status, 400);
    EXPECT_EQ(client.start(0, R"({"logs":"yes"})").status, 400);
    EXPECT_EQ(client.api("GET", client.path_of(0)).status, 405);
    configure(R"({"wrong_state":true})");
    EXPECT_EQ(client.start(0).status, 412);
    configure(R"({"wrong_state":false,"appliance_status":{"controller":"offline"}})");
    EXPECT_EQ(client.start(0).status, 412);
    configure(R"({"appliance_status":{"controller":"busy"},"backup_api_enabled":false})");
    const ModelReply disabled = client.start(0);
    EXPECT_EQ(disabled.status, 503);
    EXPECT_THAT(AppgateClient::text(disabled, "message"), HasSubstr("disabled"));
    EXPECT_THAT(model.jobs(), IsEmpty());
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, that_failed_says_why_and_has_no_file) {
    configure(R"({"fail_jobs":true})");
    const std::string job = ended(0);
    ModelReply poll = client.poll(0, job);
    EXPECT_EQ(AppgateClient::text(poll, "result"), "failure");
    EXPECT_EQ(AppgateClient::text(poll, "encoding"), "base64");
    EXPECT_THAT(AppgateClient::text(poll, "output"), testing::StartsWith("dGFyOiA"));
    configure(R"({"base64_output":false})");
    client.wait(Duration(200));
    poll = client.poll(0, job);
    EXPECT_EQ(AppgateClient::text(poll, "encoding"), "utf-8");
    EXPECT_THAT(AppgateClient::text(poll, "output"), HasSubstr("No space left on device"));
    EXPECT_EQ(client.download(0, job).status, 410);
    EXPECT_EQ(client.remove(0, job).status, 202);
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, that_is_stuck_or_vanishes_is_no_success) {
    configure(R"({"stuck_jobs":true})");
    const std::string stuck = client.started(0);
    client.wait(hours(5));
    EXPECT_EQ(AppgateClient::text(client.poll(0, stuck), "status"), "processing");
    configure(R"({"stuck_jobs":false,"vanish_jobs":true})");
    const std::string vanished = client.started(2);
    EXPECT_EQ(client.poll(2, vanished).status, 200);
    client.wait(Duration(500));
    EXPECT_EQ(client.poll(2, vanished).status, 404);
    EXPECT_EQ(client.download(2, vanished).status, 404);
    EXPECT_EQ(client.remove(2, vanished).status, 404);
    EXPECT_THAT(model.left_behind(), ElementsAre(stuck));
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, is_one_at_a_time_on_an_appliance_and_few_at_once) {
    const std::string first = client.started(0);
    EXPECT_EQ(client.start(0).status, 412);
    EXPECT_THAT(last(), HasSubstr("a second backup of appliance controller"));
    model.reset();
    client.log_in();
    client.started(0);
    client.started(1);
    EXPECT_EQ(last(), "");
    EXPECT_EQ(client.start(2).status, 412);
    EXPECT_THAT(last(), HasSubstr("2 are allowed"));
    EXPECT_EQ(model.jobs().size(), 2U);
}

TEST_F(AppgateBackup, whose_start_the_client_cannot_know_is_not_held_against_it) {
    client.lose_answers = true;
    client.start(0);
    client.lose_answers = false;
    EXPECT_NE(client.started(0), "");
    const std::string known = client.started(1);
    client.poll(1, known);
    model.client_lost_memory();
    EXPECT_NE(client.started(0), "");
    EXPECT_EQ(last(), "");
    EXPECT_EQ(client.start(1).status, 412);
    EXPECT_THAT(last(), HasSubstr("a second backup"));
}

TEST_F(AppgateBackup, is_polled_with_patience) {
    const std::string job = client.started(0);
    client.poll(0, job);
    client.wait(Duration(200));
    client.poll(0, job);
    EXPECT_EQ(last(), "");
    client.wait(Duration(199));
    client.poll(0, job);
    EXPECT_THAT(last(), HasSubstr("polled again after 199 ms"));
    client.wait(Duration(2000));
    for (int i = 0; i < 6; ++i) {
        client.poll(0, job);
        client.wait(Duration(1000));
    }
    EXPECT_THAT(last(), HasSubstr("without a download"));
}

TEST_F(AppgateBackup, is_not_deleted_before_it_is_safe) {
    const std::string job = client.started(0);
    EXPECT_EQ(client.remove(0, job).status, 412);
    EXPECT_THAT(last(), HasSubstr("deleted while it runs"));
    client.wait(Duration(2000));
    client.download(0, job, "bytes=0-99");
    client.remove(0, job);
    EXPECT_THAT(last(), HasSubstr("deleted before it was fetched"));

    model.reset();
    client.log_in();
    const std::string old = ended(0);
    client.wait(hours(1));
    EXPECT_EQ(client.remove(0, old).status, 202);
    const std::string kept = ended(0);
    client.download(0, kept);
    configure(R"({"refuse_delete":true})");
    EXPECT_EQ(client.remove(0, kept).status, 500);
    EXPECT_THAT(model.left_behind(), ElementsAre(kept));
    EXPECT_EQ(last(), "");
}

TEST_F(AppgateBackup, tells_the_client_once_that_it_has_ended) {
    const std::string body = R"({"notifyUrl":"https://garner.test/hook"})";
    EXPECT_EQ(client.start(0, body).status, 202);
    EXPECT_THAT(model.due_notifications(client.now), IsEmpty());
    client.wait(Duration(1000));
    EXPECT_THAT(model.due_notifications(client.now), ElementsAre("https://garner.test/hook"));
    EXPECT_THAT(model.due_notifications(client.now), IsEmpty());
    configure(R"({"notify":false,"version_min":11})");
    client.start(1, body);
    client.wait(Duration(1000));
    EXPECT_THAT(model.due_notifications(client.now), IsEmpty());
    client.version = 15;
    EXPECT_EQ(client.start(2, body).status, 400);
}

TEST_F(AppgateBackup, is_in_the_record_with_what_became_of_it) {
    const std::string fetched = ended(0);
    client.download(0, fetched);
    client.remove(0, fetched);
    const std::string running = client.started(2);
    const boost::json::object record = boost::json::parse(model.record_json()).as_object();
    const boost::json::object& first = record.at("jobs").at(0).as_object();
    EXPECT_EQ(first.at("id").as_string(), fetched);
    EXPECT_EQ(first.at("appliance").as_string(), client.appliance(0));
    EXPECT_EQ(first.at("name").as_string(), "controller");
    EXPECT_EQ(first.at("state").as_string(), "success");
    EXPECT_EQ(first.at("sha256").as_string(), model.job(fetched)->object.content->sha256());
    EXPECT_TRUE(first.at("deleted").as_bool());
    EXPECT_EQ(record.at("jobs").at(1).at("state").as_string(), "processing");
    EXPECT_EQ(record.at("left").at(0).as_string(), running);
    EXPECT_EQ(record.at("logins").as_int64(), 1);
    EXPECT_EQ(record.at("device_ids").at(0).as_string(), client.device);
    EXPECT_EQ(record.at("requests").at("delete").as_int64(), 1);
    EXPECT_EQ(model.record_json().find(client.token), std::string::npos);
}

TEST_F(Appgate, changes_nothing_when_a_key_of_its_configuration_is_wrong) {
    EXPECT_THROW(configure(R"({"fail_jobs":true,"fial_jobs":true})"), std::invalid_argument);
    EXPECT_THROW(configure(R"({"fail_jobs":true,"appliance_status":{"nobody":"offline"}})"), std::invalid_argument);
    EXPECT_THROW(configure(R"({"file":"rows"})"), std::invalid_argument);
    EXPECT_FALSE(scenario.fail_jobs);
    configure(R"({"appliances":[{"id":"4c07bc67-57ea-42dd-b702-c2d6c45419fc","name":"one","functions":["portal"],
                  "tags":["x"],"status":"warning","activated":false}],"file":"armored"})");
    EXPECT_EQ(model.appliances().size(), 1U);
    EXPECT_FALSE(model.appliances().front().activated);
    EXPECT_EQ(scenario.file, AppgateScenario::File::armored);
}

}  // namespace
}  // namespace garner::sandbox
