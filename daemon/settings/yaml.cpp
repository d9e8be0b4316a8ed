#include "settings/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "core/text.hpp"
#include "settings/yaml_text.hpp"
#include "settings/yaml_trouble.hpp"

namespace garner {
namespace {

constexpr std::size_t depth_max = 64;
constexpr std::size_t aliases_max = 1000;
constexpr std::size_t values_max = 1'000'000;

// Leaves the parser from inside an event: yaml-cpp has no other way to stop.
class Refused : public YAML::Exception {
public:
    Refused(const YAML::Mark& at, const std::string& why) : YAML::Exception(at, why) {}
};

class TreeBuilder : public YAML::EventHandler {
public:
    TreeBuilder(const YamlText& yaml, Report& report) : yaml_(yaml), report_(report) {}

    std::shared_ptr<const YamlNode> root() const { return root_ ? root_ : std::make_shared<YamlNode>(); }
    std::size_t last_value_at() const { return last_value_at_; }
    std::size_t last_value_length() const { return last_value_length_; }

    std::optional<std::size_t> open_bracket() const {
        for (auto frame = open_.rbegin(); frame != open_.rend(); ++frame)
            if (frame->flow) return frame->at;
        return std::nullopt;
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ == 1) return;
        const bool marked = yaml_.text().compare(offset(mark), 3, "---") == 0;
        throw Refused(mark, marked ? "a second YAML document; one file holds one"
                                   : "the indentation does not fit the lines above");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        auto node = make(YamlNode::Kind::null, mark);
        if (!open_.empty()) node->place = open_.back().key ? open_.back().key_place : open_.back().node->place;
        place_value(std::move(node), mark, anchor);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& text) override {
        refuse_tag(mark, tag);
        last_value_at_ = offset(mark);
        last_value_length_ = yaml_.text().compare(last_value_at_, text.size(), text) == 0 ? text.size() : 0;
        auto node = make(YamlNode::Kind::scalar, mark);
        node->text = text;
        node->plain = tag == "?";
        place_value(std::move(node), mark, anchor);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        if (++aliases_ > aliases_max)
            throw Refused(mark, "more than " + std::to_string(aliases_max) + " aliases in one file");
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) throw Refused(mark, "an alias inside the value that it stands for");
        last_value_at_ = offset(mark);
        last_value_length_ = 0;
        add(found->second, mark);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override {
        begin(YamlNode::Kind::list, mark, tag, anchor, style);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override {
        begin(YamlNode::Kind::map, mark, tag, anchor, style);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapEnd() override { end(); }

private:
    struct Frame {
        std::shared_ptr<YamlNode> node;
        YAML::anchor_t anchor = 0;
        YAML::Mark mark;
        std::size_t at = 0;
        bool flow = false;
        std::optional<std::string> key;  // of a map: the key whose value comes next
        Place key_place;
        bool key_is_merge = false;
        std::map<std::string, Place, std::less<>> seen;
        std::vector<std::pair<std::shared_ptr<const YamlNode>, Place>> merged;
    };

    std::size_t offset(const YAML::Mark& mark) const { return yaml_.offset(mark.line, mark.column); }

    std::shared_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark& mark) {
        if (++values_ > values_max) throw Refused(mark, too_many());
        auto node = std::make_shared<YamlNode>();
        node->kind = kind;
        node->place = yaml_.place(offset(mark));
        return node;
    }

    static std::string too_many() { return "more than " + std::to_string(values_max) + " values, aliases unfolded"; }

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!")
            throw Refused(mark, "YAML tags are not supported; leave the '!...' out");
    }

    void begin(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
               YAML::EmitterStyle::value style) {
        refuse_tag(mark, tag);
        if (open_.size() >= depth_max)
            throw Refused(mark, "nested more than " + std::to_string(depth_max) + " levels deep");
        Frame frame;
        frame.node = make(kind, mark);
        frame.anchor = anchor;
        frame.mark = mark;
        frame.at = offset(mark);
        frame.flow = style == YAML::EmitterStyle::Flow;
        last_value_at_ = frame.at;
        last_value_length_ = 0;
        open_.push_back(std::move(frame));
    }

    void end() {
        Frame frame = std::move(open_.back());
        open_.pop_back();
        merge(frame);
        place_value(std::move(frame.node), frame.mark, frame.anchor);
    }

    void place_value(std::shared_ptr<YamlNode> node, const YAML::Mark& mark, YAML::anchor_t anchor) {
        const std::shared_ptr<const YamlNode> value = std::move(node);
        if (anchor != 0) anchors_[anchor] = value;
        add(value, mark);
    }

    void add(const std::shared_ptr<const YamlNode>& value, const YAML::Mark& mark) {
        if (open_.empty()) {
            root_ = value;
            return;
        }
        Frame& frame = open_.back();
        if (frame.node->kind == YamlNode::Kind::map && !frame.key) {
            begin_entry(frame, *value, mark);
            return;
        }
        grow(*frame.node, value->size, mark);
        if (frame.node->kind == YamlNode::Kind::list) {
            frame.node->items.push_back(value);
            return;
        }
        const std::string key = *std::exchange(frame.key, std::nullopt);
        if (frame.key_is_merge)
            frame.merged.emplace_back(value, frame.key_place);
        else if (const auto [first, is_new] = frame.seen.emplace(key, frame.key_place); is_new)
            frame.node->entries.push_back({key, frame.key_place, value});
        else
            report_.error(frame.key_place, path_to(key),
                          "duplicate key, first at line " + std::to_string(first->second.line));
    }

    void begin_entry(Frame& frame, const YamlNode& key, const YAML::Mark& mark) {
        if (key.kind != YamlNode::Kind::scalar)
            throw Refused(mark, "a key must be plain text, not a list, a map or nothing");
        frame.key = key.text;
        frame.key_place = yaml_.place(offset(mark));
        frame.key_is_merge = key.plain && key.text == "<<";
    }

    void grow(YamlNode& node, std::size_t by, const YAML::Mark& mark) const {
        node.size += by;
        if (node.size > values_max) throw Refused(mark, too_many());
    }

    // YAML 1.1's `<<`: entries of other maps, unless the map has its own; of several maps the first wins.
    void merge(Frame& frame) {
        for (const auto& [value, place] : frame.merged) {
            std::vector<std::shared_ptr<const YamlNode>> maps{value};
            if (value->kind == YamlNode::Kind::list) maps = value->items;
            for (const auto& map : maps) {
                if (map->kind != YamlNode::Kind::map) {
                    report_.error(place, path_to("<<"), "merges maps only: *anchor of a map, or a list of such");
                    continue;
                }
                for (const YamlEntry& entry : map->entries)
                    if (frame.seen.emplace(entry.key, entry.place).second) frame.node->entries.push_back(entry);
                values_ += map->entries.size();
                if (values_ > values_max) throw Refused(frame.mark, too_many());
            }
        }
    }

    std::string path_to(const std::string& key) const {
        std::string path;
        for (const Frame& frame : open_)
            if (frame.node->kind == YamlNode::Kind::list)
                path += "[" + std::to_string(frame.node->items.size()) + "]";
            else if (frame.key)
                path += (path.empty() ? "" : ".") + printable(*frame.key, 64);
        return path + (path.empty() ? "" : ".") + printable(key, 64);
    }

    const YamlText& yaml_;
    Report& report_;
    std::shared_ptr<const YamlNode> root_;
    std::vector<Frame> open_;
    std::map<YAML::anchor_t, std::shared_ptr<const YamlNode>> anchors_;
    int documents_ = 0;
    std::size_t values_ = 0;
    std::size_t aliases_ = 0;
    std::size_t last_value_at_ = 0;
    std::size_t last_value_length_ = 0;
};

}  // namespace

std::shared_ptr<const YamlNode> parse_yaml(const std::string& text, int file, Report& report) {
    const YamlText yaml(text, file);
    if (!yaml.is_clean(report)) return nullptr;
    TreeBuilder tree(yaml, report);
    try {
        // A comment without a line's end behind the text: yaml-cpp takes a quote that is open at a last line's end as
        // closed.
        std::istringstream in(yaml.text() + "\n#");
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(tree)) {
        }
    } catch (const Refused& refused) {
        report.error(yaml.place(yaml.offset(refused.mark.line, refused.mark.column)), "", refused.msg);
        return nullptr;
    } catch (const YAML::Exception& stopped) {
        const YamlTrouble trouble =
            explain_yaml_stop(yaml, {stopped.msg, yaml.offset(stopped.mark.line, stopped.mark.column),
                                     tree.last_value_at(), tree.last_value_length(), tree.open_bracket()});
        report.error(yaml.place(trouble.at), "", trouble.message);
        return nullptr;
    }
    return tree.root();
}

}  // namespace garner
