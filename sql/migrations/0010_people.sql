-- However a person's address is written, it gives the same user id: the address folded as in Unicode's canonical
-- caseless matching. lib/addresses.py does the same. Rows that exist under other spellings are joined.

-- The letters are listed here because lower() depends on the database's locale and Postgres 16 has no casefold().
CREATE FUNCTION chat.folded(address text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    capitals CONSTANT text :=
        'µÆÐØÞĐĦĲĿŁŊŒŦſƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƢƤƦƧƩƬƮƱƲƳƵƷƸƼǄǅǇǈǊǋǤǱǲǶǷȜȠȢȤȺȻȽȾɁɃɄɅɆɈɊɌɎͅͰͲͶͿΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤ'
        'ΥΦΧΨΩςϏϐϑϕϖϘϚϜϞϠϢϤϦϨϪϬϮϰϱϴϵϷϹϺϽϾϿЂЄЅІЈЉЊЋЏАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞ'
        'ҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӃӅӇӉӋӍӔӘӠӨӶӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖႠႡႢႣႤႥႦ'
        'ႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍᏸᏹᏺᏻᏼᏽᲀᲁᲂᲃᲄᲅᲆᲇᲈᲉᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿỺỼỾℲⅠ'
        'ⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅬⅭⅮⅯↃⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠⱢⱣⱤⱧⱩⱫⱭⱮⱯ'
        'ⱰⱲⱵⱾⱿⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲꙀꙂꙄꙆꙈꙊꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪ'
        'ꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻꝽꝾꞀꞂꞄꞆꞋꞍꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨꞪꞫꞬꞭꞮꞰꞱꞲꞳꞴꞶꞸꞺꞼꞾꟀꟂꟄꟅꟆꟇꟉꟋꟌꟐꟖꟘꟚꟜꟵꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾ'
        'ꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈'
        '𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒'
        '𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𐵐𐵑𐵒𐵓𐵔𐵕𐵖𐵗𐵘𐵙𐵚𐵛𐵜𐵝𐵞𐵟𐵠𐵡𐵢𐵣𐵤𐵥𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸'
        '𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡';
    small CONSTANT text :=
        'μæðøþđħĳŀłŋœŧsɓƃƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵƣƥʀƨʃƭʈʊʋƴƶʒƹƽǆǆǉǉǌǌǥǳǳƕƿȝƞȣȥⱥȼƚⱦɂƀʉʌɇɉɋɍɏιͱͳͷϳαβγδεζηθικλμνξοπρστ'
        'υφχψωσϗβθφπϙϛϝϟϡϣϥϧϩϫϭϯκρθεϸϲϻͻͼͽђєѕіјљњћџабвгдежзиклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѹѻѽѿҁҋҍҏґғҕҗҙқҝҟ'
        'ҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӄӆӈӊӌӎӕәӡөӷӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆⴀⴁⴂⴃⴄⴅⴆ'
        'ⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭᏰᏱᏲᏳᏴᏵвдосттъѣꙋᲊაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿỻỽỿⅎⅰ'
        'ⅱⅲⅳⅴⅵⅶⅷⅸⅹⅺⅻⅼⅽⅾⅿↄⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡɫᵽɽⱨⱪⱬɑɱɐ'
        'ɒⱳⱶȿɀⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳꙁꙃꙅꙇꙉꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫ'
        'ꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼᵹꝿꞁꞃꞅꞇꞌɥꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩɦɜɡɬɪʞʇʝꭓꞵꞷꞹꞻꞽꞿꟁꟃꞔʂᶎꟈꟊɤꟍꟑꟗꟙꟛƛꟶᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮ'
        'ᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰'
        '𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹'
        '𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𐵰𐵱𐵲𐵳𐵴𐵵𐵶𐵷𐵸𐵹𐵺𐵻𐵼𐵽𐵾𐵿𐶀𐶁𐶂𐶃𐶄𐶅𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘'
        '𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃';
    ligatures CONSTANT text :=
        'ßss ŉʼn ևեւ ẚaʾ ẞss ﬀff ﬁfi ﬂfl ﬃffi ﬄffl ﬅst ﬆst ﬓմն ﬔմե ﬕմի ﬖվն ﬗմխ';
    folded text;
    ligature text;
BEGIN
    IF octet_length(address) = length(address) THEN
        RETURN lower(address COLLATE "C");
    END IF;
    folded := translate(lower(normalize(address, NFD) COLLATE "C"), capitals, small);
    FOREACH ligature IN ARRAY string_to_array(ligatures, ' ') LOOP
        folded := replace(folded, left(ligature, 1), substr(ligature, 2));
    END LOOP;
    RETURN normalize(folded, NFC);
END
$$;

-- One more scope (see 0004): in `people` all users' rows are seen and changed. Only chat.meet and chat.join_users,
-- which find out which ids belong to one person, are called in it.
CREATE OR REPLACE FUNCTION chat.is_me(owner text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN (owner = current_setting('chat.user_id', true) AND owner <> '') OR current_setting('chat.scope', true) = 'people';

-- A person whose address changes keeps their rows: the platform's own id of a person does not change and leads to them.
-- `user_id` is the id of their rows, the first that they had; `address` is the folded address that they had when last
-- seen.
CREATE TABLE chat.identities (
    platform_id text        PRIMARY KEY,
    user_id     text        NOT NULL,
    address     text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX identities_by_user ON chat.identities (user_id);

ALTER TABLE chat.identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON chat.identities USING (chat.is_me(user_id));

-- A column, so that an index finds the spellings of an address: an index on the expression would not be used on a table
-- with policies.
ALTER TABLE chat.users ADD COLUMN folded_id text GENERATED ALWAYS AS (chat.folded(id)) STORED;
CREATE INDEX users_by_folded_id ON chat.users (folded_id);

-- Give the rows of each old id to the new id at the same position. An old id with a running turn keeps its rows for
-- now, because the process that runs the turn will end it under that id; then the result is false. Call it in the scope
-- `people`. A table that has a user_id must be updated here; no foreign key does it, as most tables have none.
CREATE FUNCTION chat.join_users(old_ids text[], new_ids text[]) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked CONSTANT integer := cardinality(old_ids);
BEGIN
    -- Whoever begins a turn or copies a chat touches their row here first: until this is done they wait. So no chat
    -- comes to an old id meanwhile, to be deleted with it.
    PERFORM FROM chat.users WHERE users.id = ANY (old_ids || new_ids) ORDER BY users.id FOR UPDATE;
    SELECT coalesce(array_agg(pair.old_id), '{}'), coalesce(array_agg(pair.new_id), '{}')
      INTO old_ids, new_ids
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE NOT EXISTS (SELECT FROM chat.turns WHERE turns.status = 'running' AND turns.user_id = pair.old_id);

    INSERT INTO chat.users AS known (id, email, name, created_at, last_seen_at)
    SELECT pair.new_id, (array_agg(users.email ORDER BY users.last_seen_at DESC))[1],
           (array_agg(users.name ORDER BY users.last_seen_at DESC))[1], min(users.created_at), max(users.last_seen_at)
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
      JOIN chat.users ON users.id = pair.old_id
     GROUP BY pair.new_id
        ON CONFLICT (id) DO UPDATE
       SET email = CASE WHEN EXCLUDED.last_seen_at > known.last_seen_at THEN EXCLUDED.email ELSE known.email END,
           name = CASE WHEN EXCLUDED.last_seen_at > known.last_seen_at THEN EXCLUDED.name ELSE known.name END,
           created_at = least(known.created_at, EXCLUDED.created_at),
           last_seen_at = greatest(known.last_seen_at, EXCLUDED.last_seen_at);

    UPDATE chat.chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE chats.user_id = pair.old_id;
    UPDATE chat.turns SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE turns.user_id = pair.old_id;
    UPDATE chat.messages SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE messages.user_id = pair.old_id;

    -- Of several votes of one person on one answer the last counts.
    DELETE FROM chat.votes
     USING (SELECT votes.message_id, votes.user_id,
                   row_number() OVER (PARTITION BY votes.message_id, coalesce(pair.new_id, votes.user_id)
                                          ORDER BY votes.updated_at DESC, votes.user_id) AS place
              FROM chat.votes
              LEFT JOIN unnest(old_ids, new_ids) AS pair (old_id, new_id) ON pair.old_id = votes.user_id
             WHERE votes.user_id = ANY (old_ids || new_ids)) AS cast_by_one
     WHERE votes.message_id = cast_by_one.message_id
       AND votes.user_id = cast_by_one.user_id
       AND cast_by_one.place > 1;
    UPDATE chat.votes SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE votes.user_id = pair.old_id;

    UPDATE chat.moves SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE moves.user_id = pair.old_id;
    UPDATE chat.identities SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE identities.user_id = pair.old_id;
    UPDATE chat.deleted_chats SET user_id = pair.new_id
      FROM unnest(old_ids, new_ids) AS pair (old_id, new_id)
     WHERE deleted_chats.user_id = pair.old_id;

    DELETE FROM chat.users WHERE users.id = ANY (old_ids);
    RETURN cardinality(old_ids) = asked;
END
$$;

-- Find out which id owns a person's rows. The platform gives its own id of the person and their present address, either
-- of which may be NULL; the address is folded. `others` are further ids whose rows are this person's, since nobody is
-- known to own them: spellings of the address, which an old version of the app has left, and the platform's id. Call it
-- in the scope `people`. Nothing is written if the person comes as they did the last time.
CREATE FUNCTION chat.meet(asked_platform_id text, asked_address text, OUT user_id text, OUT others text[])
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    known chat.identities;
BEGIN
    SELECT * INTO known FROM chat.identities WHERE identities.platform_id = asked_platform_id;
    user_id := coalesce(known.user_id, asked_address, asked_platform_id);
    IF asked_platform_id IS NOT NULL
       AND (known.platform_id IS NULL OR known.address IS DISTINCT FROM coalesce(asked_address, known.address))
       AND current_setting('transaction_read_only') = 'off' THEN
        -- One after the other: who takes over an address must see that its last owner has left it.
        PERFORM pg_advisory_xact_lock(5136007201126042);
        -- An address is its owner's, also when the platform gives them a new id; but not the rows of somebody who was
        -- seen with another address since.
        IF EXISTS (SELECT FROM chat.identities WHERE identities.user_id = asked_address)
           AND NOT EXISTS (SELECT FROM chat.identities
                            WHERE identities.user_id = asked_address AND identities.address = asked_address) THEN
            user_id := asked_platform_id;
        END IF;
        INSERT INTO chat.identities AS identity (platform_id, user_id, address)
        VALUES (asked_platform_id, user_id, asked_address)
            ON CONFLICT (platform_id) DO UPDATE
           SET address = coalesce(EXCLUDED.address, identity.address), updated_at = now()
        RETURNING identity.user_id INTO user_id;
    END IF;
    SELECT coalesce(array_agg(users.id), '{}') INTO others
      FROM chat.users
     WHERE ((users.folded_id = asked_address AND users.email IS NOT NULL) OR users.id = asked_platform_id)
       AND users.id <> meet.user_id
       AND NOT EXISTS (SELECT FROM chat.identities WHERE identities.user_id = users.id);
END
$$;

-- Join the spellings that exist now. An id without an address is the platform's own, in which capitals count, and stays
-- as it is. A person who only voted has no row in users, so votes are searched for addresses too; the platform's ids
-- have no dot after the @. An old version of the app that still runs may go on writing under another spelling, which is
-- joined when its user signs in.
SELECT set_config('chat.scope', 'people', true);
SELECT chat.join_users(array_agg(person.id), array_agg(chat.folded(person.id)))
  FROM (SELECT users.id FROM chat.users WHERE users.email IS NOT NULL
         UNION
        SELECT votes.user_id FROM chat.votes WHERE votes.user_id LIKE '%@%.%') AS person
 WHERE person.id <> chat.folded(person.id);
SELECT set_config('chat.scope', '', true);
