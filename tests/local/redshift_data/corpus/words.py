"""Functions of text: words, characters, checksums and JSON."""

from tests.local.redshift_data.corpus.cases import fails, gives, gives_rows, refused

TABLES = (
    "CREATE TABLE category (catid SMALLINT, catname VARCHAR(10), catdesc VARCHAR(50))",
    "INSERT INTO category VALUES (1, 'MLB', 'Major League Baseball'), (6, 'Musicals', 'Musical theatre'), "
    "(7, 'Plays', 'All non-musical theatre'), (10, 'Jazz', 'All jazz singers and bands'), "
    "(11, 'Classical', 'All symphony, concerto, and choir concerts')",
    "CREATE TABLE test_json (id INT IDENTITY(0,1), json_strings VARCHAR)",
    'INSERT INTO test_json (json_strings) VALUES (\'{"a":2}\'), (\'{"a":{"b":{"c":1}}}\'), (\'{"a": [1,2,"b"]}\'), '
    "('{{}}'), ('{1:\"a\"}'), ('[1,2,3]')",
)
STAR = '{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}'
CASES = (
    gives_rows("INITCAP function", "SELECT catid, INITCAP(catdesc) FROM category ORDER BY 1",
               (1, "Major League Baseball"), (6, "Musical Theatre"), (7, "All Non-Musical Theatre"),
               (10, "All Jazz Singers And Bands"), (11, "All Symphony, Concerto, And Choir Concerts"),
               types=("int2", "varchar"), names=("catid", "initcap")),
    gives("INITCAP function", "SELECT INITCAP('MLB')", "Mlb"),
    gives("INITCAP function", "SELECT INITCAP('urna.Ut@egetdictumplacerat.edu')", "Urna.Ut@Egetdictumplacerat.Edu"),
    gives("TRANSLATE function", "SELECT TRANSLATE('mint tea', 'inea', 'osin')", "most tin", name="translate"),
    gives("TRANSLATE function", "SELECT TRANSLATE('St. Marys', ' .', '_')", "St_Marys"),
    gives("TRANSLATE function", "SELECT TRANSLATE('ac@velit.ca', '@', NULL)", None),
    gives("REVERSE function", "SELECT REVERSE('Abilene')", "enelibA", type="varchar", name="reverse"),
    gives("REVERSE function", "SELECT REVERSE(172456)", "654271"),
    gives("REPEAT function", "SELECT REPEAT(10,3)", "101010", type="varchar", name="repeat"),
    gives("BTRIM function", "SELECT BTRIM('     abc    ')", "abc", type="varchar"),
    gives("BTRIM function", "SELECT BTRIM('xyzaxyzbxyzcxyz', 'xyz')", "axyzbxyzc"),
    gives_rows("SPLIT_PART function", "SELECT SPLIT_PART(listed,'-',1), SPLIT_PART(listed,'-',2), "
               "SPLIT_PART(SPLIT_PART(listed,'-',3),' ',1) "
               "FROM (SELECT TIMESTAMP '2008-03-05 12:25:29' AS listed) AS listing", ("2008", "03", "05")),
    gives("SPLIT_PART function", "SELECT SPLIT_PART('abc$def$ghi','$',4)", ""),
    gives("SPLIT_PART function", "SELECT SPLIT_PART('abc$def$ghi','#',1)", "abc$def$ghi"),
    fails("SPLIT_PART function", "SELECT SPLIT_PART('abc$def$ghi','$',-1)", "field position must be greater than zero"),
    gives("LPAD and RPAD functions", "SELECT LPAD('La Cenerentola (Cinderella)',20)", "La Cenerentola (Cind"),
    gives("LPAD and RPAD functions", "SELECT RPAD('Salome',20,'0123456789')", "Salome01234567890123"),
    gives("LPAD and RPAD functions", "SELECT LPAD('abc',-1)", ""),
    gives("STRTOL function", "SELECT STRTOL('0xf',16)", 15, type="int8", name="strtol"),
    gives("STRTOL function", "SELECT STRTOL('abcd1234',16)", 2882343476),
    gives("STRTOL function", "SELECT STRTOL('1234567', 10)", 1234567),
    gives("STRTOL function", "SELECT STRTOL('1234567', 8)", 342391),
    gives("STRTOL function", "SELECT STRTOL('110101', 2)", 53),
    gives("STRTOL function", "SELECT STRTOL('\\0', 2)", 0),
    gives("TO_HEX function", "SELECT TO_HEX(2147483647)", "7fffffff", type="varchar", name="to_hex"),
    gives("MD5 function", "SELECT MD5('Amazon Redshift')", "f7415e33f972c03abd4f3fed36748f7a", type="varchar"),
    gives("SHA2 function", "SELECT SHA2('Amazon Redshift', 5)", ""),
    gives("SHA2 function", "SELECT SHA2('Amazon Redshift', 0) = SHA2('Amazon Redshift', 256)", True),
    gives("FUNC_SHA1 function", "SELECT LEN(FUNC_SHA1('Amazon Redshift'))", 40),
    gives("GREATEST and LEAST functions", "SELECT GREATEST('Lars','Ratliff')", "Ratliff", name="greatest"),
    gives("GREATEST and LEAST functions", "SELECT LEAST(3, NULL, 1)", 1, name="least"),
    gives("GREATEST and LEAST functions", "SELECT GREATEST(NULL, NULL)", None),
    gives("DECODE function", "SELECT DECODE(NULL, NULL, 0, 1)", 0, name="case"),
    gives("DECODE function", "SELECT DECODE('MLS', 'NHL', 'National Hockey League', 'Unknown')", "Unknown"),
    gives("DECODE function", "SELECT DECODE('2008-06-02', '2008-06-01', 'June 1st, 2008')", None),
    gives("JSON_EXTRACT_PATH_TEXT function", f"SELECT JSON_EXTRACT_PATH_TEXT('{STAR}','f4', 'f6')", "star",
          type="varchar", name="json_extract_path_text"),
    gives("JSON_EXTRACT_PATH_TEXT function", f"SELECT JSON_EXTRACT_PATH_TEXT('{STAR}','f4', 'F6')", ""),
    gives("JSON_EXTRACT_PATH_TEXT function", f"SELECT JSON_EXTRACT_PATH_TEXT('{STAR[:-1]}','f4', 'f6',true)", None),
    fails("JSON_EXTRACT_PATH_TEXT function", f"SELECT JSON_EXTRACT_PATH_TEXT('{STAR[:-1]}','f4', 'f6')", "JSON"),
    gives("JSON_EXTRACT_ARRAY_ELEMENT_TEXT function",
          "SELECT JSON_EXTRACT_ARRAY_ELEMENT_TEXT('[111,112,113]', 2)", "113"),
    gives("JSON_EXTRACT_ARRAY_ELEMENT_TEXT function",
          "SELECT JSON_EXTRACT_ARRAY_ELEMENT_TEXT('[111,112,113]', -1)", ""),
    gives("JSON_EXTRACT_ARRAY_ELEMENT_TEXT function",
          'SELECT JSON_EXTRACT_ARRAY_ELEMENT_TEXT(\'["a",["b",1,["c",2,3,null,]]]\',1,true)', None),
    gives("JSON_ARRAY_LENGTH function", 'SELECT JSON_ARRAY_LENGTH(\'[11,12,13,{"f1":21,"f2":[25,26]},14]\')', 5,
          type="int4", name="json_array_length"),
    gives("JSON_ARRAY_LENGTH function", 'SELECT JSON_ARRAY_LENGTH(\'[11,12,13,{"f1":21,"f2":[25,26]},14\',true)', None),
    gives_rows("IS_VALID_JSON function", "SELECT id, IS_VALID_JSON(json_strings) FROM test_json ORDER BY id",
               (0, True), (1, True), (2, True), (3, False), (4, False), (5, False)),
    refused("JSON_PARSE function", "SELECT JSON_PARSE('[10001,10002]')", "the function JSON_PARSE"),
)  # fmt: skip
