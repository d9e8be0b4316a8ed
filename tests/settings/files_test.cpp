// Files: what is read, what is included, and what happens to hostile text.
#include <chrono>

#include "settings/support.hpp"

namespace garner::testing {
namespace {

class SettingsFiles : public SettingsTest {
protected:
    static std::string store(const std::string& name) {
        return "stores: {" + name + ": {type: local, path: /srv/" + name + "}}\n";
    }
};

TEST_F(SettingsFiles, include_others_in_lexical_order) {
    write("conf.d/20.yaml", store("b"));
    write("conf.d/10.yaml", "version: 1\nx-note: free\n" + store("a"));
    write("conf.d/other.txt", "broken: [");
    const Loaded loaded =
        load("version: 1\ninclude: [conf.d/*.yaml, conf.d/10.yaml, nothing.d/*.yaml]\n" + store("main"));
    EXPECT_EQ(texts(loaded.errors), std::vector<std::string>{});
    ASSERT_TRUE(loaded.settings.has_value());
    EXPECT_EQ(loaded.settings->stores.size(), 3U);
    EXPECT_EQ(shortened(loaded.warnings),
              (std::vector<std::string>{":3:10: stores.main: is not used by any job",
                                        "conf.d/10.yaml:3:10: stores.a: is not used by any job",
                                        "conf.d/20.yaml:1:10: stores.b: is not used by any job"}));
}

TEST_F(SettingsFiles, that_hold_one_name_twice_are_both_named) {
    write("conf.d/a.yaml", store("archive"));
    write("conf.d/b.yaml", "\n" + store("archive"));
    EXPECT_EQ(
        errors_of("version: 1\ninclude: conf.d/*.yaml\n"),
        std::vector<std::string>{"conf.d/b.yaml:2:10: stores.archive: is there twice, first at conf.d/a.yaml:1:10"});
}

TEST_F(SettingsFiles, that_are_included_hold_sources_stores_and_jobs_only) {
    write("conf.d/a.yaml", "include: [b.yaml]\nglobal: {timezone: UTC}\nweb: {insecure: true}\n");
    EXPECT_EQ(errors_of("version: 1\ninclude: conf.d/*.yaml\n"),
              (std::vector<std::string>{"conf.d/a.yaml:1:1: include: belongs in the main file only",
                                        "conf.d/a.yaml:2:1: global: belongs in the main file only",
                                        "conf.d/a.yaml:3:1: web: belongs in the main file only"}));
}

TEST_F(SettingsFiles, that_include_themselves_are_refused) {
    EXPECT_EQ(errors_of("version: 1\ninclude: ['*.yaml']\n"),
              std::vector<std::string>{
                  ":2:11: include[0]: includes this file itself; keep the others in a directory such as conf.d/"});
}

TEST_F(SettingsFiles, that_cannot_be_read_hide_no_other_error_and_make_none_up) {
    write("conf.d/a.yaml", "stores: [\n");
    write("conf.d/b.yaml", "version: 2\n");
    const std::string job =
        "jobs: {j: {source: there, machines: '*', schedule: '@daily', stores: there, retries: x}}\n";
    EXPECT_EQ(errors_of("version: 1\ninclude: conf.d/*.yaml\n" + job),
              (std::vector<std::string>{
                  ":3:86: jobs.j.retries: must be a whole number, not 'x'; plain decimal digits are meant",
                  "conf.d/a.yaml:1:9: this '[' is never closed",
                  "conf.d/b.yaml:1:10: version: version 2 is not known to this garner, which reads version 1; a newer "
                  "garner may"}));
}

TEST_F(SettingsFiles, in_a_directory_with_pattern_characters_are_found) {
    write("odd[1]*/conf.d/a.yaml", store("a"));
    const Loaded loaded = load_settings(write("odd[1]*/garner.yaml", "version: 1\ninclude: conf.d/*.yaml\n"), options_);
    ASSERT_TRUE(loaded.settings.has_value());
    EXPECT_EQ(loaded.settings->stores.size(), 1U);
}

TEST_F(SettingsFiles, that_are_no_files_are_told_apart) {
    const std::string missing = (directory_ / "none.yaml").string();
    EXPECT_EQ(texts(load_settings(missing, options_).errors),
              std::vector<std::string>{missing + ": cannot be read: No such file or directory"});
    EXPECT_EQ(texts(load_settings(directory_.string(), options_).errors),
              std::vector<std::string>{directory_.string() + ": is a directory; a file is meant"});
    const std::string fifo = (directory_ / "fifo").string();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(texts(load_settings(fifo, options_).errors),
              std::vector<std::string>{fifo + ": is not a regular file (a pipe, a socket or a device?)"});
}

TEST_F(SettingsFiles, larger_than_64_mib_are_refused_unread) {
    const std::string path = write("garner.yaml", "version: 1\n");
    std::filesystem::resize_file(path, 65ULL << 20);
    EXPECT_EQ(shortened(load_settings(path, options_).errors),
              std::vector<std::string>{"garner.yaml: is larger than the 64.0 MiB that are read"});
}

TEST_F(SettingsFiles, with_a_byte_order_mark_and_windows_line_ends_are_fine) {
    EXPECT_EQ(errors_of("\xEF\xBB\xBFversion: 1\r\nglobal:\r\n  timezone: UTC\r\n"), std::vector<std::string>{});
    EXPECT_EQ(errors_of("\xEF\xBB\xBFversion: 1\r\nglobal:\r\n  timezon: UTC\r\n"),
              std::vector<std::string>{":3:3: global.timezon: unknown key, did you mean 'timezone'?"});
    EXPECT_EQ(errors_of("\xEF\xBB\xBFverson: 1\n"),
              std::vector<std::string>{":1:1: verson: unknown key, did you mean 'version'?"});
}

TEST_F(SettingsFiles, that_are_no_utf_8_text_are_refused_at_the_byte) {
    EXPECT_EQ(errors_of("version: 1\n\xC3\xA4: \xFF\n"),
              std::vector<std::string>{":2:4: byte 0xFF is not valid UTF-8; save the file as UTF-8"});
    for (const char* wrong : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"})
        EXPECT_EQ(errors_of(std::string("a: ") + wrong).size(), 1U);
    EXPECT_EQ(errors_of(std::string("\xFF\xFEv\0e\0", 6)),
              std::vector<std::string>{":1:1: the file is UTF-16; save it as UTF-8"});
    EXPECT_EQ(errors_of(std::string("version: 1\n\0", 12)),
              std::vector<std::string>{":2:1: control character 0x00; the file must be plain text"});
}

TEST_F(SettingsFiles, may_use_anchors_and_merge_keys) {
    const Loaded loaded = load(
        "version: 1\n"
        "x-source: &source {type: tulip, url: 'https://a.example', timeout: 10s, basic_auth: &login {username: "
        "apikey.2, password: x}}\n"
        "x-more: &more {timeout: 20s, allow_private_downloads: true}\n"
        "sources:\n  a: *source\n  b: {<<: [*more, *source], url: 'https://b.example'}\n");
    ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
    EXPECT_EQ(loaded.settings->sources.at("a").http.base_url, "https://a.example");
    const HttpSettings& b = loaded.settings->sources.at("b").http;
    EXPECT_EQ(b.base_url, "https://b.example");
    EXPECT_EQ(b.timeout, Duration(20'000));
    EXPECT_TRUE(b.allow_private_downloads);
}

TEST_F(SettingsFiles, that_unfold_into_millions_of_values_are_refused) {
    std::string bomb = "version: 1\nx-0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        bomb += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
        for (int j = 0; j < 9; ++j) bomb += ", " + last;
        bomb += "]\n";
    }
    EXPECT_EQ(errors_of(bomb), std::vector<std::string>{":7:56: more than 1000000 values, aliases unfolded"});

    std::string many = "version: 1\nx-a: &a 1\nx-b: [";
    for (int i = 0; i < 1001; ++i) many += "*a,";
    EXPECT_EQ(errors_of(many + "]\n"), std::vector<std::string>{":3:3007: more than 1000 aliases in one file"});
    EXPECT_EQ(errors_of("version: 1\nx-a: &a [*a]\n"),
              std::vector<std::string>{":2:10: an alias inside the value that it stands for"});
}

TEST_F(SettingsFiles, nested_without_end_are_refused) {
    EXPECT_EQ(errors_of("x-a: " + std::string(100'000, '[')),
              std::vector<std::string>{":1:38: nested more than 64 levels deep"});
    EXPECT_EQ(errors_of("x-a: " + std::string(100'000, '{')).size(), 1U);
    std::string blocks = "a:\n";
    for (std::size_t i = 1; i < 2000; ++i) blocks += std::string(i, ' ') + "a:\n";
    EXPECT_EQ(errors_of(blocks), std::vector<std::string>{":65:65: nested more than 64 levels deep"});
    EXPECT_EQ(errors_of("x-a: \n" + std::string(100'000, '-')).size(), 1U);
}

TEST_F(SettingsFiles, with_very_long_lines_are_read_in_time) {
    const std::string megabyte(1 << 20, 'a');
    EXPECT_EQ(errors_of("version: 1\nglobal: {timezone: " + megabyte + "}\n"),
              std::vector<std::string>{":2:20: global.timezone: is longer than 4096 bytes"});
    EXPECT_EQ(errors_of("version: 1\n" + megabyte + ": 1\n").size(), 1U);
    EXPECT_EQ(errors_of(whole("x", "    retries: \"" + megabyte + "\"\n")).size(), 1U);
    std::string list = "version: 1\nx-list: [";
    for (int i = 0; i < 50'000; ++i) list += "a, ";
    EXPECT_EQ(errors_of(list + "a]\n"), std::vector<std::string>{});
}

TEST_F(SettingsFiles, with_endless_errors_give_the_first_thousand) {
    std::string text = "version: 1\n";
    for (int i = 0; i < 20'000; ++i) text += "key" + std::to_string(i) + ": 1\n";
    const std::vector<std::string> errors = errors_of(text);
    ASSERT_EQ(errors.size(), 1001U);
    EXPECT_EQ(errors.back(), "garner.yaml: there are more errors than these 1000");
}

TEST_F(SettingsFiles, with_five_thousand_jobs_load) {
    std::string text = whole();
    const std::string job = text.substr(text.find("    source: press\n"));
    for (int i = 0; i < 5'000; ++i) text += "  job-" + std::to_string(i) + ":\n" + job;
    const Loaded loaded = load(text);
    ASSERT_TRUE(loaded.settings.has_value());
    EXPECT_EQ(loaded.settings->jobs.size(), 5'001U);
}

}  // namespace
}  // namespace garner::testing
