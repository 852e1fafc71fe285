<?xml version="1.0" encoding="UTF-8"?>
<!-- Shows a Define-XML 2.1 document in a browser: standards, datasets, variables, value level, codelists,
     methods and comments, each linked to the others. XSLT 1.0, no script, nothing from elsewhere. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:odm="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"
  xmlns:xlink="http://www.w3.org/1999/xlink" exclude-result-prefixes="odm def xlink">
  <xsl:output method="html" version="5.0" encoding="UTF-8" doctype-system="about:legacy-compat"/>

  <xsl:key name="item" match="odm:ItemDef" use="@OID"/>
  <xsl:key name="codelist" match="odm:CodeList" use="@OID"/>
  <xsl:key name="method" match="odm:MethodDef" use="@OID"/>
  <xsl:key name="comment" match="def:CommentDef" use="@OID"/>
  <xsl:key name="valuelist" match="def:ValueListDef" use="@OID"/>
  <xsl:key name="where" match="def:WhereClauseDef" use="@OID"/>
  <xsl:key name="standard" match="def:Standard" use="@OID"/>

  <xsl:variable name="metadata" select="/odm:ODM/odm:Study/odm:MetaDataVersion"/>

  <xsl:template match="/">
    <html lang="en">
      <head>
        <title><xsl:value-of select="$metadata/@Name"/></title>
        <style>
          body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 90rem; padding: 0 1rem; color: #1b2733 }
          h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2.2rem } h3 { font-size: 1rem; margin: 1.6rem 0 .4rem }
          table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #c9d3dc; padding: .25rem .5rem; text-align: left; vertical-align: top }
          th { background: #eef3f7 } a { color: #0b5cad } .note { color: #5b6b79 } nav a { margin-right: 1rem }
          .where { white-space: pre-wrap; font-family: ui-monospace, monospace; font-size: .9em }
        </style>
      </head>
      <body>
        <h1><xsl:value-of select="$metadata/@Name"/></h1>
        <p>
          <xsl:value-of select="/odm:ODM/odm:Study/odm:GlobalVariables/odm:StudyDescription"/>
          <br/><span class="note">Protocol <xsl:value-of select="/odm:ODM/odm:Study/odm:GlobalVariables/odm:ProtocolName"/>,
          Define-XML <xsl:value-of select="$metadata/@def:DefineVersion"/>, created <xsl:value-of select="/odm:ODM/@CreationDateTime"/></span>
        </p>
        <nav>
          <a href="#standards">Standards</a><a href="#datasets">Datasets</a><a href="#valuelevel">Value level</a>
          <a href="#codelists">Codelists</a><a href="#methods">Methods</a><a href="#comments">Comments</a>
        </nav>
        <xsl:call-template name="standards"/>
        <xsl:call-template name="datasets"/>
        <xsl:apply-templates select="$metadata/odm:ItemGroupDef"/>
        <h2 id="valuelevel">Value level</h2>
        <xsl:apply-templates select="$metadata/def:ValueListDef"/>
        <h2 id="codelists">Codelists</h2>
        <xsl:apply-templates select="$metadata/odm:CodeList"/>
        <h2 id="methods">Methods</h2>
        <xsl:call-template name="texts"><xsl:with-param name="of" select="$metadata/odm:MethodDef"/></xsl:call-template>
        <h2 id="comments">Comments</h2>
        <xsl:call-template name="texts"><xsl:with-param name="of" select="$metadata/def:CommentDef"/></xsl:call-template>
      </body>
    </html>
  </xsl:template>

  <xsl:template name="standards">
    <h2 id="standards">Standards</h2>
    <table>
      <tr><th>Standard</th><th>Type</th><th>Publishing set</th><th>Version</th><th>Status</th></tr>
      <xsl:for-each select="$metadata/def:Standards/def:Standard">
        <tr>
          <td><xsl:value-of select="@Name"/></td><td><xsl:value-of select="@Type"/></td>
          <td><xsl:value-of select="@PublishingSet"/></td><td><xsl:value-of select="@Version"/></td>
          <td><xsl:value-of select="@Status"/></td>
        </tr>
      </xsl:for-each>
    </table>
  </xsl:template>

  <xsl:template name="datasets">
    <h2 id="datasets">Datasets</h2>
    <table>
      <tr><th>Dataset</th><th>Description</th><th>Class</th><th>Structure</th><th>Purpose</th><th>Keys</th><th>Comment</th><th>Location</th></tr>
      <xsl:for-each select="$metadata/odm:ItemGroupDef">
        <tr>
          <td><a href="#{@OID}"><xsl:value-of select="@Name"/></a></td>
          <td><xsl:value-of select="odm:Description/odm:TranslatedText"/></td>
          <td>
            <xsl:value-of select="def:Class/@Name"/>
            <xsl:if test="def:Class/def:SubClass"> (<xsl:value-of select="def:Class/def:SubClass/@Name"/>)</xsl:if>
          </td>
          <td><xsl:value-of select="@def:Structure"/></td>
          <td><xsl:value-of select="@Purpose"/></td>
          <td>
            <xsl:for-each select="odm:ItemRef[@KeySequence]">
              <xsl:sort select="@KeySequence" data-type="number"/>
              <xsl:if test="position() &gt; 1">, </xsl:if>
              <xsl:value-of select="key('item', @ItemOID)/@Name"/>
            </xsl:for-each>
          </td>
          <td><xsl:call-template name="comment"/></td>
          <td><a href="{def:leaf/@xlink:href}"><xsl:value-of select="def:leaf/def:title"/></a></td>
        </tr>
      </xsl:for-each>
    </table>
  </xsl:template>

  <xsl:template match="odm:ItemGroupDef">
    <h2 id="{@OID}"><xsl:value-of select="@Name"/>: <xsl:value-of select="odm:Description/odm:TranslatedText"/></h2>
    <table>
      <tr><th>Variable</th><th>Label</th><th>Key</th><th>Type</th><th>Length</th><th>Format</th><th>Role</th><th>Terms</th><th>Origin, method, comment</th></tr>
      <xsl:for-each select="odm:ItemRef">
        <xsl:sort select="@OrderNumber" data-type="number"/>
        <xsl:variable name="ref" select="."/>
        <xsl:for-each select="key('item', @ItemOID)">
          <tr id="{@OID}">
            <td>
              <xsl:value-of select="@Name"/>
              <xsl:if test="def:ValueListRef"><xsl:text> </xsl:text><a href="#{def:ValueListRef/@ValueListOID}">values</a></xsl:if>
            </td>
            <td><xsl:value-of select="odm:Description/odm:TranslatedText"/></td>
            <td><xsl:value-of select="$ref/@KeySequence"/></td>
            <xsl:call-template name="shape"/>
            <td><xsl:value-of select="$ref/@Role"/></td>
            <td><xsl:call-template name="terms"/></td>
            <td><xsl:call-template name="origin"><xsl:with-param name="method" select="$ref/@MethodOID"/></xsl:call-template></td>
          </tr>
        </xsl:for-each>
      </xsl:for-each>
    </table>
  </xsl:template>

  <xsl:template match="def:ValueListDef">
    <h3 id="{@OID}"><xsl:value-of select="@OID"/></h3>
    <table>
      <tr><th>Where</th><th>Label</th><th>Type</th><th>Length</th><th>Format</th><th>Terms</th><th>Origin, method, comment</th></tr>
      <xsl:for-each select="odm:ItemRef">
        <xsl:sort select="@OrderNumber" data-type="number"/>
        <xsl:variable name="ref" select="."/>
        <tr>
          <td class="where"><xsl:apply-templates select="key('where', def:WhereClauseRef/@WhereClauseOID)"/></td>
          <xsl:for-each select="key('item', @ItemOID)">
            <td><xsl:value-of select="odm:Description/odm:TranslatedText"/></td>
            <xsl:call-template name="shape"/>
            <td><xsl:call-template name="terms"/></td>
            <td><xsl:call-template name="origin"><xsl:with-param name="method" select="$ref/@MethodOID"/></xsl:call-template></td>
          </xsl:for-each>
        </tr>
      </xsl:for-each>
    </table>
  </xsl:template>

  <xsl:template match="def:WhereClauseDef">
    <xsl:for-each select="odm:RangeCheck">
      <xsl:if test="position() &gt; 1"> and </xsl:if>
      <xsl:value-of select="key('item', @def:ItemOID)/@Name"/>
      <xsl:text> </xsl:text><xsl:value-of select="@Comparator"/><xsl:text> </xsl:text>
      <xsl:for-each select="odm:CheckValue">
        <xsl:if test="position() &gt; 1">, </xsl:if>
        <xsl:value-of select="."/>
      </xsl:for-each>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="odm:CodeList">
    <h3 id="{@OID}"><xsl:value-of select="@Name"/></h3>
    <p class="note">
      <xsl:for-each select="key('standard', @def:StandardOID)">
        <xsl:value-of select="@Name"/><xsl:text> </xsl:text><xsl:value-of select="@PublishingSet"/>
        <xsl:text> </xsl:text><xsl:value-of select="@Version"/><xsl:text> </xsl:text>
      </xsl:for-each>
      <xsl:value-of select="odm:Alias/@Name"/>
      <xsl:if test="@def:IsNonStandard"> Sponsor's terms</xsl:if>
    </p>
    <xsl:for-each select="odm:ExternalCodeList">
      <p><xsl:value-of select="@Dictionary"/><xsl:text> </xsl:text><xsl:value-of select="@Version"/></p>
    </xsl:for-each>
    <xsl:if test="odm:CodeListItem | odm:EnumeratedItem">
      <table>
        <tr><th>Term</th><th>Decode</th><th>NCI code</th></tr>
        <xsl:for-each select="odm:CodeListItem | odm:EnumeratedItem">
          <tr>
            <td><xsl:value-of select="@CodedValue"/></td>
            <td><xsl:value-of select="odm:Decode/odm:TranslatedText"/></td>
            <td>
              <xsl:value-of select="odm:Alias/@Name"/>
              <xsl:if test="@def:ExtendedValue"><span class="note">sponsor's term</span></xsl:if>
            </td>
          </tr>
        </xsl:for-each>
      </table>
    </xsl:if>
  </xsl:template>

  <xsl:template name="texts">
    <xsl:param name="of"/>
    <table>
      <tr><th>Name</th><th>Text</th></tr>
      <xsl:for-each select="$of">
        <tr id="{@OID}">
          <td><xsl:value-of select="@Name"/><xsl:if test="not(@Name)"><xsl:value-of select="@OID"/></xsl:if></td>
          <td><xsl:value-of select="odm:Description/odm:TranslatedText"/></td>
        </tr>
      </xsl:for-each>
    </table>
  </xsl:template>

  <xsl:template name="shape">
    <td><xsl:value-of select="@DataType"/></td>
    <td>
      <xsl:value-of select="@Length"/>
      <xsl:if test="@SignificantDigits">.<xsl:value-of select="@SignificantDigits"/></xsl:if>
    </td>
    <td><xsl:value-of select="@def:DisplayFormat"/></td>
  </xsl:template>

  <xsl:template name="terms">
    <xsl:for-each select="odm:CodeListRef">
      <a href="#{@CodeListOID}"><xsl:value-of select="key('codelist', @CodeListOID)/@Name"/></a>
    </xsl:for-each>
  </xsl:template>

  <xsl:template name="origin">
    <xsl:param name="method"/>
    <xsl:value-of select="def:Origin/@Type"/>
    <xsl:if test="def:Origin/@Source"> (<xsl:value-of select="def:Origin/@Source"/>)</xsl:if>
    <xsl:for-each select="def:Origin/odm:Description/odm:TranslatedText">: <xsl:value-of select="."/></xsl:for-each>
    <xsl:for-each select="key('method', $method)">
      <br/><a href="#{@OID}">Method</a>: <xsl:value-of select="odm:Description/odm:TranslatedText"/>
    </xsl:for-each>
    <xsl:if test="@def:CommentOID"><br/></xsl:if>
    <xsl:call-template name="comment"/>
  </xsl:template>

  <xsl:template name="comment">
    <xsl:value-of select="key('comment', @def:CommentOID)/odm:Description/odm:TranslatedText"/>
  </xsl:template>
</xsl:stylesheet>
