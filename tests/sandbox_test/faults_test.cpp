// Fault rules: which requests they strike, and what then goes on the wire.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/models/faults.hpp"
#include "sandbox_test/tulip_client.hpp"

namespace garner::sandbox {
namespace {

using Effect = FaultRule::Effect;
using Door = VendorModel::Door;

struct Faults : testing::Test {
    TulipModel model{test_options()};
    TulipClient client{model};
    FaultLayer layer{model, 1};

    void add(const std::string& json) { layer.add(fault_rule_from_json(boost::json::parse(json))); }

    FaultedReply list() {
        return layer.handle(
            Door::api,
            {"GET", "tulip.test", "/api/v3/machines?x=1", {{"authorization", basic_authorization(kReadWrite)}}, ""},
            client.now);
    }

    FaultedReply file(const std::string& url, std::vector<std::pair<std::string, std::string>> headers = {}) {
        return layer.handle(Door::download,
                            {"GET", host_of_url(url), url.substr(url.find('/', 8)), std::move(headers), ""},
                            client.now);
    }

    // "200 503 200 ..." of so many requests.
    std::string statuses(int count) {
        std::string text;
        for (int i = 0; i < count; ++i) text += (i > 0 ? " " : "") + std::to_string(list().reply.status);
        return text;
    }
};

TEST_F(Faults, strike_the_next_n_and_are_gone) {
    add(R"({"effect":"status","status":503,"times":2})");
    EXPECT_EQ(statuses(4), "503 503 200 200");
}

TEST_F(Faults, pass_over_the_first_ones) {
    add(R"({"effect":"status","skip":2,"times":1})");
    EXPECT_EQ(statuses(4), "200 200 503 200");
}

TEST_F(Faults, strike_every_kth) {
    add(R"({"effect":"status","every":3})");
    EXPECT_EQ(statuses(7), "200 200 503 200 200 503 200");
}

TEST_F(Faults, strike_by_chance_and_the_same_ones_from_the_same_seed) {
    const std::string rule = R"({"effect":"status","probability":0.25})";
    add(rule);
    int struck = 0;
    std::string trace;
    for (int i = 0; i < 1000; ++i) {
        const bool hit = list().reply.status == 503;
        struck += hit;
        trace += hit ? 'x' : '.';
    }
    EXPECT_NEAR(struck, 250, 60);
    FaultLayer again(model, 1);
    again.add(fault_rule_from_json(boost::json::parse(rule)));
    layer.reset();
    for (char expected : trace) {
        const ModelRequest request{
            "GET", "", "/api/v3/machines", {{"authorization", basic_authorization(kReadWrite)}}, ""};
        ASSERT_EQ(again.handle(Door::api, request, client.now).reply.status == 503, expected == 'x');
    }
}

TEST_F(Faults, match_by_door_method_and_path_without_the_query) {
    for (const char* other : {R"({"effect":"reset","door":"download"})", R"({"effect":"reset","method":"POST"})",
                              R"({"effect":"reset","path":"/api/v3/machines/*"})"}) {
        add(other);
        EXPECT_EQ(list().rule, "");
        EXPECT_EQ(list().transport, FaultedReply::Transport::answer) << other;
    }
    add(R"({"effect":"reset","door":"api","method":"GET","path":"*/machines"})");
    EXPECT_EQ(list().transport, FaultedReply::Transport::reset_before);
}

TEST_F(Faults, say_retry_after_in_every_form) {
    add(R"({"effect":"status","status":429,"retry_after":30,"times":1})");
    add(R"({"effect":"status","status":429,"retry_after_date":30,"times":1})");
    add(R"({"effect":"status","status":429,"retry_after_text":"-5","times":1})");
    add(R"({"effect":"status","status":429,"times":1})");
    EXPECT_EQ(header_of(list().reply, "retry-after"), "30");
    EXPECT_EQ(parse_http_date(header_of(list().reply, "retry-after")), client.now + std::chrono::seconds(30));
    EXPECT_EQ(header_of(list().reply, "retry-after"), "-5");
    EXPECT_EQ(header_of(list().reply, "retry-after"), "");
}

TEST_F(Faults, answer_in_the_vendors_words_or_with_a_page) {
    layer.set_error_body([this](int status) { return model.error_body(status); });
    add(R"({"effect":"status","status":500,"times":1})");
    add(R"({"effect":"status","status":403,"body":"html","times":1})");
    add(R"({"effect":"login_page","times":1})");
    add(R"({"effect":"wrong_shape","body":"[7]","times":1})");
    EXPECT_EQ(TulipClient::text(list().reply, "errorCode"), "InternalServerError");
    EXPECT_EQ(header_of(list().reply, "content-type").substr(0, 9), "text/html");
    const ModelReply page = list().reply;
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.body.substr(0, 9), "<!DOCTYPE");
    EXPECT_EQ(list().reply.body, "[7]");
}

TEST_F(Faults, describe_what_becomes_of_a_body) {
    const std::string url = client.finished(0);
    add(R"({"effect":"cut_body","bytes":1000,"cut_by":"close","times":1})");
    add(R"({"effect":"slow_body","bytes_per_second":10,"times":1})");
    add(R"({"effect":"stall_body","bytes":5,"stall_ms":70,"delay_ms":30,"times":1})");
    add(R"({"effect":"wrong_length","length_off":-1,"times":1})");
    add(R"({"effect":"corrupt_byte","bytes":999999999,"times":1})");
    const FaultedReply cut = file(url);
    EXPECT_EQ(cut.cut_after, 1000U);
    EXPECT_EQ(cut.cut_by, FaultedReply::CutBy::close);
    EXPECT_EQ(file(url).bytes_per_second, 10U);
    const FaultedReply stalled = file(url);
    EXPECT_EQ(stalled.stall_after, 5U);
    EXPECT_EQ(stalled.stall_for, Duration(70));
    EXPECT_EQ(stalled.delay, Duration(30));
    EXPECT_EQ(file(url).announced_length_off, -1);
    const FaultedReply corrupt = file(url);
    EXPECT_EQ(corrupt.corrupt_at, corrupt.reply.content_length - 1);
    EXPECT_EQ(file(url).reply.status, 200);
}

TEST_F(Faults, make_resuming_hard) {
    const std::string url = client.finished(0);
    const std::string etag = header_of(file(url).reply, "etag");
    const std::vector<std::pair<std::string, std::string>> resume = {{"range", "bytes=50-"}, {"if-range", etag}};
    EXPECT_EQ(file(url, resume).reply.status, 206);
    add(R"({"effect":"etag_change","times":1})");
    const ModelReply replaced = file(url, resume).reply;
    EXPECT_EQ(replaced.status, 200);
    EXPECT_NE(header_of(replaced, "etag"), etag);
    add(R"({"effect":"ignore_range","times":1})");
    EXPECT_EQ(file(url, resume).reply.status, 200);
    add(R"({"effect":"wrong_range","times":1})");
    EXPECT_EQ(header_of(file(url, resume).reply, "content-range").substr(0, 10), "bytes 150-");
    add(R"({"effect":"expired","times":1})");
    EXPECT_EQ(file(url, resume).reply.status, 403);
    add(R"({"effect":"redirect","location":"http://169.254.169.254/","times":1})");
    EXPECT_EQ(header_of(file(url).reply, "location"), "http://169.254.169.254/");
}

TEST_F(Faults, are_refused_with_the_key_that_is_wrong) {
    const auto why = [](const char* json) -> std::string {
        try {
            fault_rule_from_json(boost::json::parse(json));
        } catch (const std::invalid_argument& wrong) {
            return wrong.what();
        }
        return "";
    };
    EXPECT_NE(why(R"({"effect":"explode"})").find("explode"), std::string::npos);
    EXPECT_NE(why(R"({"effect":"reset","tmes":1})").find("tmes"), std::string::npos);
    EXPECT_NE(why(R"({"effect":"reset","times":-1})").find("times"), std::string::npos);
    EXPECT_NE(why(R"({"effect":"status","status":99})").find("status"), std::string::npos);
    EXPECT_NE(why(R"({})").find("effect"), std::string::npos);
    EXPECT_EQ(why(R"({"delay_ms":5})"), "");
}

}  // namespace
}  // namespace garner::sandbox
