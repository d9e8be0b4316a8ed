// Tulip as its documents describe it, and stricter: doors, tokens, states and presigned files.
#include <gtest/gtest.h>

#include <regex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "sandbox_test/tulip_client.hpp"

namespace garner::sandbox {
namespace {

struct Tulip : testing::Test {
    TulipModel model{test_options()};
    TulipClient client{model};
    TulipScenario& scenario = model.scenario();
};

TEST_F(Tulip, answers_each_request_with_the_status_that_it_earns) {
    const std::string machine = client.machine_id(0);
    struct Row {
        std::string method, target, credential;
        int status;
    };
    const std::vector<Row> table = {
        {"GET", "/api/v3/machines", kReadWrite, 200},
        {"GET", "/api/v3/machines", kReadOnly, 200},
        {"GET", "/api/v3/w/DEFAULT/machines", kAccount, 200},
        {"GET", "/api/v3/machines", kAccount, 403},
        {"GET", "/api/v3/w/DEFAULT/machines", kReadWrite, 403},
        {"GET", "/api/v3/w/OTHER/machines", kAccount, 404},
        {"GET", "/api/v3/machines", "", 401},
        {"GET", "/api/v3/machines", "apikey.2_rw:wrong", 401},
        {"GET", "/api/v3/machines", "admin:secret", 401},
        {"POST", "/api/v3/machines", kReadWrite, 405},
        {"GET", "/api/v2/machines", kReadWrite, 404},
        {"POST", "/api/v3/machines/archive/" + machine, kReadOnly, 403},
        {"POST", "/api/v3/machines/archive/nobody", kReadWrite, 404},
        {"GET", "/api/v3/machines/archive/" + machine, kReadWrite, 405},
        {"GET", "/api/v3/machines/archive/csv/nothing", kReadWrite, 404},
        {"POST", "/api/v3/machines/archive/" + machine, kReadWrite, 200},
        {"POST", "/api/v3/w/DEFAULT/machines/archive/" + client.machine_id(1), kAccount, 400},  // one runs already
    };
    client.root = "";
    for (const Row& row : table) {
        client.credential = row.credential;
        const ModelReply reply = client.api(row.method, row.target);
        EXPECT_EQ(reply.status, row.status) << row.method << " " << row.target << " as " << row.credential;
        if (reply.status >= 400) {
            EXPECT_TRUE(std::regex_match(TulipClient::text(reply, "errorUniqueID"), std::regex("[a-zA-Z0-9+/]{43}")));
        }
    }
}

TEST_F(Tulip, lists_machine_types_with_their_machines) {
    const boost::json::value list = boost::json::parse(client.api("GET", "machines").body);
    ASSERT_EQ(list.as_array().size(), 2U);
    const boost::json::object& machine = list.at(0).at("machines").at(0).as_object();
    EXPECT_EQ(machine.at("name").as_string(), "Press 1");
    EXPECT_TRUE(std::regex_match(std::string(machine.at("id").as_string()), std::regex("[a-zA-Z0-9_]{17}")));
}

TEST_F(Tulip, brings_a_file_when_its_time_has_come_and_signs_anew_each_time) {
    const std::string job = client.start(0);
    EXPECT_EQ(job.size(), 17U);
    client.wait(Duration(999));
    EXPECT_EQ(TulipClient::text(client.poll(job), "status"), "pending");
    EXPECT_EQ(TulipClient::text(client.poll(job), "resource"), "");
    client.wait(Duration(1));
    const std::string first = TulipClient::text(client.poll(job), "resource");
    const std::string second = TulipClient::text(client.poll(job), "resource");
    EXPECT_NE(first, second);
    for (const std::string& url : {first, second}) {
        const ModelReply reply = client.download(url);
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(header_of(reply, "content-type"), "text/csv");
        EXPECT_EQ(reply.content_length, model.job(job)->object.content->size());
    }
}

TEST_F(Tulip, refuses_a_url_with_any_byte_changed) {
    const std::string url = client.finished(0);
    for (std::size_t i = url.find('/', 8) + 1; i < url.size(); ++i) {
        std::string altered = url;
        altered[i] = altered[i] == 'x' ? 'y' : 'x';
        EXPECT_EQ(client.download(altered).status, 403) << altered;
    }
    EXPECT_EQ(client.download(url).status, 200);
}

TEST_F(Tulip, refuses_a_url_that_has_expired_until_it_is_renewed) {
    const std::string job = client.start(0);
    client.wait(Duration(2000));
    const std::string url = TulipClient::text(client.poll(job), "resource");
    client.wait(scenario.url_lifetime - Duration(1));
    EXPECT_EQ(client.download(url).status, 200);
    client.wait(Duration(1));
    const ModelReply late = client.download(url);
    EXPECT_EQ(late.status, 403);
    EXPECT_NE(late.body.find("Request has expired"), std::string::npos);
    EXPECT_EQ(client.download(TulipClient::text(client.poll(job), "resource")).status, 200);
    EXPECT_TRUE(model.violations().empty());
}

TEST_F(Tulip, signs_for_get_only) { EXPECT_EQ(client.download(client.finished(0), {}, "HEAD").status, 403); }

TEST_F(Tulip, serves_ranges_as_http_says) {
    const std::string url = client.finished(0);
    const std::string whole = body_of(client.download(url));
    const std::string etag = header_of(client.download(url), "etag");
    const std::string size = std::to_string(whole.size());
    const std::size_t last = whole.size() - 1;
    struct Row {
        std::string range, if_range;
        int status;
        std::string content_range;
        std::size_t first, length;
    };
    const std::vector<Row> table = {
        {"bytes=0-", "", 206, "bytes 0-" + std::to_string(last) + "/" + size, 0, whole.size()},
        {"bytes=100-199", "", 206, "bytes 100-199/" + size, 100, 100},
        {"bytes=100-199", etag, 206, "bytes 100-199/" + size, 100, 100},
        {"bytes=100-199", "\"another\"", 200, "", 0, whole.size()},
        {"bytes=100-99999999", "", 206, "bytes 100-" + std::to_string(last) + "/" + size, 100, whole.size() - 100},
        {"bytes=-10", "", 206, "bytes " + std::to_string(last - 9) + "-" + std::to_string(last) + "/" + size, last - 9,
         10},
        {"bytes=" + size + "-", "", 416, "bytes */" + size, 0, 0},
        {"bytes=" + std::to_string(last) + "-", "", 206,
         "bytes " + std::to_string(last) + "-" + std::to_string(last) + "/" + size, last, 1},
        {"bytes=5-2", "", 200, "", 0, whole.size()},
        {"bytes=0-1,5-6", "", 200, "", 0, whole.size()},
        {"lines=1-2", "", 200, "", 0, whole.size()},
    };
    for (const Row& row : table) {
        std::vector<std::pair<std::string, std::string>> headers{{"range", row.range}};
        if (!row.if_range.empty()) headers.emplace_back("if-range", row.if_range);
        const ModelReply reply = client.download(url, headers);
        EXPECT_EQ(reply.status, row.status) << row.range;
        EXPECT_EQ(header_of(reply, "content-range"), row.content_range) << row.range;
        if (reply.status != 416) {
            EXPECT_EQ(body_of(reply), whole.substr(row.first, row.length)) << row.range;
        }
    }
}

TEST_F(Tulip, says_the_same_from_the_same_seed_whatever_was_asked_in_between) {
    TulipModel other(test_options());
    TulipClient second(other);
    second.finished(3);
    const std::string job = client.start(1);
    EXPECT_EQ(second.start(1), job);
    EXPECT_EQ(model.job(job)->object.content->sha256(), other.job(job)->object.content->sha256());
    EXPECT_EQ(model.job(job)->object.etag, other.job(job)->object.etag);
}

TEST_F(Tulip, plays_the_scenarios_that_it_is_asked_for) {
    model.configure(
        boost::json::parse(R"({"running_words":["queued2"],"polls_without_resource":2,"complete_word":"complete"})"));
    std::string job = client.start(0);
    EXPECT_EQ(TulipClient::text(client.poll(job), "status"), "queued2");
    client.wait(Duration(5000));
    EXPECT_EQ(TulipClient::text(client.poll(job), "resource"), "");
    EXPECT_EQ(TulipClient::text(client.poll(job), "status"), "complete");
    EXPECT_NE(TulipClient::text(client.poll(job), "resource"), "");

    model.configure(
        boost::json::parse(R"({"polls_without_resource":0,"complete_at_once":true,"plain_http_resource":true})"));
    const ModelReply started = client.api("POST", "machines/archive/" + client.machine_id(1));
    EXPECT_EQ(TulipClient::text(started, "status"), "complete");
    EXPECT_EQ(TulipClient::text(client.poll(TulipClient::text(started, "id")), "resource").substr(0, 7), "http://");

    model.configure(boost::json::parse(R"({"complete_at_once":false,"fail_jobs":true})"));
    job = client.start(2);
    client.wait(Duration(5000));
    EXPECT_EQ(TulipClient::text(client.poll(job), "status"), "failed");

    model.configure(boost::json::parse(R"({"fail_jobs":false,"vanish_jobs":true,"file":"empty"})"));
    job = client.start(2);
    client.wait(Duration(5000));
    EXPECT_EQ(model.job(job)->object.content->size(), 0U);
    EXPECT_EQ(client.poll(job).status, 200);
    EXPECT_EQ(client.poll(job).status, 404);
}

TEST_F(Tulip, has_machines_with_any_name) {
    const std::string name = "../../etc/passwd\n\"\xE2\x80\xAE";
    boost::json::object machine{{"id", "abc"}, {"name", name}};
    boost::json::object type{{"id", "t"}, {"name", "T"}, {"machines", boost::json::array{machine, machine}}};
    model.configure(boost::json::object{{"machine_types", boost::json::array{type}}});
    const boost::json::value list = boost::json::parse(client.api("GET", "machines").body);
    EXPECT_EQ(list.at(0).at("machines").at(1).at("name").as_string(), name);
}

TEST_F(Tulip, changes_nothing_when_a_key_is_wrong) {
    EXPECT_THROW(model.configure(boost::json::parse(R"({"fail_jobs":true,"fial_jobs":true})")), std::invalid_argument);
    EXPECT_THROW(model.configure(boost::json::parse(R"({"fail_jobs":1})")), std::invalid_argument);
    EXPECT_THROW(model.configure(boost::json::parse(R"([])")), std::invalid_argument);
    EXPECT_FALSE(scenario.fail_jobs);
}

TEST_F(Tulip, keeps_a_record_with_predicted_hashes) {
    const std::string url = client.finished(0);
    client.download(url);
    const boost::json::value record = boost::json::parse(model.record_json());
    const boost::json::object& job = record.at("jobs").at(0).as_object();
    EXPECT_EQ(job.at("machine_name").as_string(), "Press 1");
    EXPECT_EQ(job.at("downloads").to_number<int>(), 1);
    EXPECT_EQ(job.at("sha256").as_string(), model.jobs().front().object.content->sha256());
    EXPECT_EQ(record.at("requests").at("start").to_number<int>(), 1);
}

}  // namespace
}  // namespace garner::sandbox
