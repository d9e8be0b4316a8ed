// The manifest's format is a promise: its text, its order, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/artifact_store.hpp"

namespace garner {
namespace {

Manifest make_manifest() {
    Manifest manifest;
    ArtifactRecord& a = manifest.artifact;
    a.id = "01aaaaaaaaaa9999";
    a.run = "01aaaaaaaaaa0001";
    a.job = "machines";
    a.source = "press-shop";
    a.target = Target{"m1", "Press \"7\" \xC3\xBC\n"};
    a.scheduled_at = *parse_rfc3339("2026-11-03T02:15:00Z");
    a.window = Window{*parse_rfc3339("2026-11-02T00:00:00Z"), *parse_rfc3339("2026-11-03T00:00:00Z")};
    a.store = "archive";
    a.path = "press-shop/Press_7--m1/2026/x.csv";
    a.size = 18'446'744'073'709'551'615ULL;
    a.sha256 = std::string(64, 'a');
    a.media_type = "text/csv";
    a.probe = "csv: 2 columns, 1 row";
    a.rows = 1;
    a.verdict = Verdict::suspect;
    a.reasons = {"too small", "no rows"};
    a.stored_at = *parse_rfc3339("2026-11-03T02:20:00.250Z");
    a.remote_job = "remote-7";
    manifest.source_type = "tulip";
    manifest.started_at = parse_rfc3339("2026-11-03T02:15:01Z");
    manifest.previous_manifest_sha256 = std::string(64, 'b');
    manifest.garner_version = "0.1.0";
    return manifest;
}

TEST(Manifest, is_one_line_in_a_fixed_order) {
    EXPECT_EQ(
        to_json(make_manifest()),
        R"({"format":1,"artifact":"01aaaaaaaaaa9999","run":"01aaaaaaaaaa0001","job":"machines","source":"press-shop",)"
        R"("source_type":"tulip","target":{"id":"m1","name":"Press \"7\" ü\n"},"scheduled_at":"2026-11-03T02:15:00Z",)"
        R"("window":{"start":"2026-11-02T00:00:00Z","end":"2026-11-03T00:00:00Z"},"remote_job":"remote-7","store":"archive",)"
        R"("path":"press-shop/Press_7--m1/2026/x.csv","size":18446744073709551615,"sha256":")" +
            std::string(64, 'a') +
            R"(","media_type":"text/csv","probe":"csv: 2 columns, 1 row","rows":1,"verdict":"suspect","reasons":["too small","no rows"],)"
            R"("times":{"started":"2026-11-03T02:15:01Z","downloaded":null,"stored":"2026-11-03T02:20:00.250Z"},)"
            R"("garner_version":"0.1.0","previous_manifest_sha256":")" +
            std::string(64, 'b') + "\"}\n");
}

TEST(Manifest, is_read_back_as_it_was_written) {
    const Manifest written = make_manifest();
    const auto read = parse_manifest(to_json(written));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(to_json(*read), to_json(written));
    EXPECT_EQ(read->artifact.size, written.artifact.size);
    EXPECT_EQ(read->artifact.manifest_sha256, Sha256::of(to_json(written)));
    Manifest plain = written;
    plain.artifact.window.reset();
    plain.previous_manifest_sha256.reset();
    plain.artifact.reasons.clear();
    EXPECT_EQ(to_json(parse_manifest(to_json(plain)).value()), to_json(plain));
}

TEST(Marks, say_what_people_said_and_nothing_where_they_said_nothing) {
    ArtifactRecord artifact = make_manifest().artifact;
    artifact.verdict = Verdict::suspect;
    EXPECT_EQ(marks_json(artifact), "");
    artifact.held = true;
    artifact.held_until = *parse_rfc3339("2027-01-01T00:00:00Z");
    artifact.acceptance = Acceptance{*parse_rfc3339("2026-11-04T08:00:00Z"), "uid 0", R"(the line "stood" still)"};
    const std::string text = marks_json(artifact);
    ArtifactRecord published = make_manifest().artifact;
    published.verdict = Verdict::suspect;
    ASSERT_TRUE(apply_marks(text, published));
    EXPECT_TRUE(published.held);
    EXPECT_EQ(published.held_until, artifact.held_until);
    EXPECT_EQ(published.acceptance, artifact.acceptance);
    EXPECT_EQ(published.verdict, Verdict::verified);
    artifact.damage = "damaged after it was stored: one bit";
    ArtifactRecord damaged = make_manifest().artifact;
    damaged.verdict = Verdict::verified;
    ASSERT_TRUE(apply_marks(marks_json(artifact), damaged));
    EXPECT_EQ(damaged.verdict, Verdict::suspect) << "an acceptance from before does not make it good";
    EXPECT_EQ(damaged.damage, artifact.damage);
}

TEST(Marks, that_are_of_another_artifact_or_no_marks_change_nothing) {
    ArtifactRecord artifact = make_manifest().artifact;
    artifact.held = true;
    const std::string text = marks_json(artifact);
    ArtifactRecord other = make_manifest().artifact;
    other.id = "01bbbbbbbbbb9999";
    const auto wrong = [&](const std::string& marks) {
        const auto applied = apply_marks(marks, other);
        EXPECT_FALSE(other.held);
        return applied ? std::string("taken") : applied.error().what;
    };
    EXPECT_EQ(wrong(text), "not marks of garner: they are of artifact " + artifact.id + ", not of 01bbbbbbbbbb9999");
    other.id = artifact.id;
    EXPECT_THAT(wrong(text.substr(0, text.size() / 2)), testing::HasSubstr("it is cut off"));
    EXPECT_THAT(wrong("[]"), testing::HasSubstr("an object was expected"));
    EXPECT_THAT(wrong(R"({"format":2})"), testing::HasSubstr("this version of garner reads format 1"));
    EXPECT_THAT(wrong(R"({"format":1,"artifact":"x","held":"yes","held_until":null,"accepted":null})"),
                testing::HasSubstr("/held: true or false was expected"));
    EXPECT_THAT(wrong(R"({"format":1,"artifact":"x","held":true,"held_until":null,"accepted":{}})"),
                testing::HasSubstr("/accepted/at: a member was expected"));
}

TEST(Manifest, of_an_earlier_version_has_no_count_of_rows) {
    std::string text = to_json(make_manifest());
    const std::string rows = "\"rows\":1,";
    text.erase(text.find(rows), rows.size());
    const auto read = parse_manifest(text);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->artifact.rows, std::nullopt);
    EXPECT_EQ(read->artifact.manifest_sha256, Sha256::of(text));
}

TEST(Manifest, that_is_not_whole_is_refused_with_the_place) {
    const std::string good = to_json(make_manifest());
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return text.replace(at, from.size(), to);
    };
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "cut off"},
        {good.substr(0, good.size() / 2), "cut off"},
        {good + good, "something follows"},
        {"[]", "an object was expected"},
        {"<html>", "broken JSON at byte 0"},
        {std::string(100'000, '['), "broken JSON"},
        {std::string(2'000'000, ' '), "larger than"},
        {with("\"format\":1", "\"format\":2"), "format 2, this version of garner reads format 1"},
        {with("\"format\":1", "\"format\":1.0"), "/format: a whole number"},
        {with("18446744073709551615", "18446744073709551616"), "/size: a whole number"},
        {with("18446744073709551615", "-1"), "/size: a whole number"},
        {with("18446744073709551615", "1e3"), "/size: a whole number"},
        {with("18446744073709551615", "\"5\""), "/size: a whole number"},
        {with("\"job\":\"machines\",", ""), "/job: a member"},
        {with("\"id\":\"m1\"", "\"id\":7"), "/target/id: a string"},
        {with("2026-11-03T02:15:00Z", "yesterday"), "/scheduled_at: an RFC 3339 time"},
        {with("\"suspect\"", "\"fine\""), "/verdict: `verified` or `suspect`"},
        {with("aaaaaaaaaaaaaaaa\",\"media", "AAAAAAAAAAAAAAAA\",\"media"), "/sha256: 64 characters"},
        {with("[\"too small\"", "[7"), "/reasons: a list of strings"},
        {with("\"" + std::string(64, 'b') + "\"", "7"), "/previous_manifest_sha256: a string"},
        {with("\xC3\xBC", "\xFF"), "broken JSON"},
        {with("\"rows\":1", "\"rows\":-1"), "/rows: a whole number"},
    };
    for (const auto& [text, words] : cases) {
        const auto read = parse_manifest(text);
        ASSERT_FALSE(read) << words;
        EXPECT_EQ(read.error().kind, FailureKind::corrupt);
        EXPECT_THAT(read.error().what, testing::HasSubstr(words));
    }
}

}  // namespace
}  // namespace garner
